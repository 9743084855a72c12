/**
 * Measures the board as a process of its own: every page, its size, the first paint, a live change, and memory. Run by `npm run bench:board`;
 * `-- --small` measures 73 services and 1,000 runs only. First paint needs Chromium at /usr/bin/chromium.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../cli/output/print';
import { objectKeys } from '../core/contract/keys';
import { type BoardHome, makeBoardHome } from '../test/support/pipeline/board-home';
import { reportOf } from '../test/support/pipeline/runs';
import { median } from './support/measure';

interface Case {
  readonly services: number;
  readonly runs: number;
  /** Milliseconds for every page. */
  readonly pageTarget: number;
}

const CASES: readonly Case[] = [
  { services: 73, runs: 1000, pageTarget: 100 },
  { services: 300, runs: 10_000, pageTarget: 300 },
];

const ROUNDS = 15;
const TARGETS = { bytes: 300 * 1024, paint: 200, live: 1000, mebibytes: 200 };
const CHROMIUM = '/usr/bin/chromium';

interface Served {
  readonly url: string;
  readonly process: ChildProcess;
}

async function main(): Promise<number> {
  const cases = process.argv.includes('--small') ? CASES.slice(0, 1) : CASES;
  const results: boolean[] = [];
  for (const each of cases) results.push(await measure(each));
  return results.every(Boolean) ? 0 : 1;
}

async function measure({ services, runs, pageTarget }: Case): Promise<boolean> {
  const home = await makeBoardHome({ services, runs, plans: Math.min(runs, 50), commits: Math.min(runs, 2500) });
  const served = await serve(home.home);
  try {
    const first = await timed(`${served.url}/`);
    const read = await untilRead(served.url);
    const rows = await measurePages(served, home);
    const live = await measureLive(served.url, home);
    const paint = existsSync(CHROMIUM) ? await measurePaint(`${served.url}/runs`) : undefined;
    const mebibytes = peakMemory(served.process.pid ?? 0);
    const slowest = Math.max(...rows.map(({ ms }) => ms));
    const largest = Math.max(...rows.map(({ bytes }) => bytes));
    console.log(`\n${services} services, ${runs} runs`);
    console.log(
      table(
        ['page', 'ms', 'CPU ms', 'KB'],
        rows.map(({ page, ms, cpu, bytes }) => [page, ms.toFixed(0), cpu.toFixed(0), (bytes / 1024).toFixed(0)]),
      ),
    );
    const facts: readonly (readonly [string, number | undefined, number, string])[] = [
      ['slowest page', slowest, pageTarget, 'ms'],
      ['largest page', largest / 1024, TARGETS.bytes / 1024, 'KB'],
      ['first paint', paint, TARGETS.paint, 'ms'],
      ['live change', live, TARGETS.live, 'ms'],
      ['peak memory', mebibytes, TARGETS.mebibytes, 'MiB'],
    ];
    console.log(
      table(
        ['', 'measured', 'limit'],
        facts.map(([name, value, limit, unit]) => [
          name,
          value === undefined ? 'not measured' : `${value.toFixed(0)} ${unit}`,
          `${limit} ${unit}`,
        ]),
      ),
    );
    console.log(
      `first page after the start: ${first.ms.toFixed(0)} ms; all runs read after ${(read / 1000).toFixed(1)} s`,
    );
    return facts.every(([, value, limit]) => value === undefined || value <= limit);
  } finally {
    served.process.kill('SIGKILL');
    home.remove();
  }
}

function serve(home: string): Promise<Served> {
  const child = spawn(process.execPath, [join('bin', 'pipeline.mjs'), 'board', '--home', home, '--port', '0'], {
    cwd: join(__dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((fulfil, reject) => {
    child.on('exit', (code) => reject(new Error(`the board ended with ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      const url = /(http:\/\/127\.0\.0\.1:\d+)\/enter/.exec(chunk.toString())?.[1];
      if (url !== undefined) fulfil({ url, process: child });
    });
  });
}

async function timed(url: string): Promise<{ readonly ms: number; readonly bytes: number; readonly text: string }> {
  const start = performance.now();
  const reply = await fetch(url, { headers: { accept: 'text/html' } });
  const text = await reply.text();
  const ms = performance.now() - start;
  if (reply.status !== 200) throw new Error(`${url} answered ${reply.status}`);
  return { ms, bytes: Buffer.byteLength(text), text };
}

async function untilRead(url: string): Promise<number> {
  const start = performance.now();
  while ((await timed(`${url}/runs`)).text.includes('still being read')) await sleep(100);
  // What is worked out in the background is not part of a page.
  for (const page of ['/', '/services/service-1', '/cost', '/impact?ref=main']) {
    while (/being (worked out|replayed|made)/.test((await timed(`${url}${page}`)).text)) await sleep(100);
  }
  return performance.now() - start;
}

async function measurePages({ url, process: server }: Served, home: BoardHome) {
  const release = home.runs.findLast((run) => run.startsWith('release')) ?? '';
  const push = home.runs.findLast((run) => run.startsWith('push')) ?? '';
  const pages = [
    '/',
    '/?drift=yes',
    '/runs',
    '/runs?state=failed&person=ada',
    '/runs?service=service-3&page=5',
    `/runs/${release}`,
  ];
  pages.push(`/runs/${push}`, '/services', '/services/service-1', '/impact?ref=main', '/cost', '/start/release');
  const rows: { page: string; ms: number; cpu: number; bytes: number }[] = [];
  for (const page of pages) {
    const rounds = [];
    const before = cpuMs(server.pid ?? 0);
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await timed(url + page));
    const cpu = (cpuMs(server.pid ?? 0) - before) / ROUNDS;
    rows.push({ page: page.slice(0, 40), ms: median(rounds.map(({ ms }) => ms)), cpu, bytes: rounds[0]?.bytes ?? 0 });
  }
  return rows;
}

/** Returns the ms from a record on disk to the event in the browser. */
async function measureLive(url: string, home: BoardHome): Promise<number> {
  const stop = new AbortController();
  const reply = await fetch(`${url}/live`, { signal: stop.signal });
  const reader = reply.body?.getReader();
  const next = async (wanted: string) => {
    for (;;) if (Buffer.from((await reader?.read())?.value ?? []).includes(wanted)) return;
  };
  await next('ready');
  const rounds: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await sleep(300);
    const run = `push-live-${round}-20261129T1000000${round}0`;
    const start = performance.now();
    home.write(objectKeys.report(run), reportOf({ run }));
    await next('change');
    rounds.push(performance.now() - start);
  }
  stop.abort();
  return median(rounds);
}

async function measurePaint(url: string): Promise<number> {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const rounds: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const page = await browser.newPage();
      await page.goto(url);
      const paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0";
      let at = 0;
      for (let tries = 0; at === 0 && tries < 100; tries += 1) {
        await sleep(50);
        at = (await page.evaluate(paint)) as number;
      }
      rounds.push(at);
      await page.close();
    }
    return median(rounds);
  } finally {
    await browser.close();
  }
}

/** Returns the CPU time of the process in ms, which a loaded machine changes little. Linux only; 0 elsewhere. */
function cpuMs(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return 0;
  const fields = readFileSync(file, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

/** Returns the most resident memory that the process ever had, in MiB. Linux only; 0 elsewhere. */
function peakMemory(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024;
}

void main().then((code) => process.exit(code));
