/** `npm run bench`: where the time of a run goes, on the sample monorepo with the embedded registry and builder; and synthesis. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createLocalGitHost } from '../adapters/git/local/git-host';
import { table } from '../cli/output/print';
import type { ExecutionInput } from '../core/contract/run-input';
import { executionName } from '../core/webhook/execution-input';
import { localSettings, makeSampleRepository } from '../local/demo/repositories';
import { sampleScenes } from '../local/demo/scenes';
import { homePaths, writeLocalSettings } from '../local/runtime/home';
import { freePort } from '../local/runtime/loopback';
import { type LocalPipeline, openLocalPipeline } from '../local/runtime/pipeline';
import { phaseName } from '../local/runtime/progress';

/** In seconds, for the files that `cdk.json` names. */
const SYNTH_TARGET = 10;

/** Returns the ms that the app takes as a whole process, bundling included, the CDK command line excluded. Throws what it printed if it failed. */
function timeSynth(): number {
  const root = resolve(__dirname, '..');
  const outdir = mkdtempSync(join(tmpdir(), 'bench-synth-'));
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  try {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
      cwd: root,
      env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the app cannot be synthesized: ${stderr}`);
    return performance.now() - start;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

const VALUES = 'cloud-tuner-dev/values.yaml';
/** The limit for a run without its builds, in seconds. */
const OWN_TIME_TARGET = 5;

/** Milliseconds by phase, in the order of the phases. */
type Phases = Map<string, number>;

async function main(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'bench-run-'));
  const setup: Phases = new Map();
  const timed = async <Result>(phases: Phases, name: string, work: () => Promise<Result>): Promise<Result> => {
    const start = performance.now();
    const result = await work();
    phases.set(name, performance.now() - start);
    return result;
  };
  const catalogText = await readFile(resolve(__dirname, '../catalogs/cloud-tuner.yaml'), 'utf8');
  const { repository } = homePaths(home);
  await timed(setup, 'make the sample monorepo', () => makeSampleRepository(repository, catalogText, VALUES));
  const registry = `127.0.0.1:${await freePort()}`;
  const settings = localSettings({ repository, registry, values: VALUES, namespace: 'sample' });
  const local = await writeLocalSettings(home, settings, true);
  const pipeline = await timed(setup, 'synthesize the app', () =>
    openLocalPipeline({ home, local, catalogText, docker: undefined }),
  );
  try {
    const [first, push] = sampleScenes(createLocalGitHost(repository), repository, 'pipeline.yaml');
    if (first === undefined || push === undefined) throw new Error('the sample has no scenes');
    const runs: [string, Phases][] = [
      ['73 built', await timeRun(pipeline, await first.prepare(), 0)],
      ['10 built, 63 kept', await timeRun(pipeline, await push.prepare(), 1)],
      ['73 retagged', await timeRun(pipeline, { action: 'release', version: 'v1.3.1', ref: 'main' }, 2)],
    ];
    const synth = timeSynth();
    setup.set('cdk synth, bundles included', synth);
    print(setup, runs);
    const own = runs.map(([, phases]) => total(phases) - (phases.get('Build images') ?? 0));
    const worst = Math.max(...own) / 1000;
    process.stdout.write(
      `\nlongest run without its builds: ${worst.toFixed(1)} s (target: under ${OWN_TIME_TARGET} s)\n`,
    );
    process.stdout.write(`synth: ${(synth / 1000).toFixed(1)} s (target: under ${SYNTH_TARGET} s)\n`);
    if (worst >= OWN_TIME_TARGET || synth / 1000 >= SYNTH_TARGET) process.exitCode = 1;
  } finally {
    await pipeline.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function timeRun(pipeline: LocalPipeline, input: ExecutionInput, number: number): Promise<Phases> {
  const phases: Phases = new Map();
  let phase = 'start';
  let since = performance.now();
  const enter = (next: string) => {
    const now = performance.now();
    phases.set(phase, (phases.get(phase) ?? 0) + now - since);
    [phase, since] = [next, now];
  };
  const { report } = await pipeline.run({
    name: executionName(input, Date.now() + number * 1000),
    input,
    onProgress: (progress) => {
      const next = phaseName(progress);
      if (next !== phase && next !== '') enter(next);
    },
  });
  enter('end');
  if (report.status !== 'SUCCEEDED') throw new Error(`the run failed: ${report.error?.message}`);
  return phases;
}

function total(phases: Phases): number {
  return [...phases.values()].reduce((sum, each) => sum + each, 0);
}

function print(setup: Phases, runs: readonly [string, Phases][]): void {
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
  const once = [...setup].map(([name, milliseconds]) => [name, seconds(milliseconds)]);
  const names = [...new Set(runs.flatMap(([, phases]) => [...phases.keys()]))];
  const rows = names.map((name) => [
    name,
    ...runs.flatMap(([, phases]) => {
      const part = phases.get(name) ?? 0;
      return [seconds(part), `${Math.round((part / total(phases)) * 100)} %`];
    }),
  ]);
  const sums = ['total', ...runs.flatMap(([, phases]) => [seconds(total(phases)), '100 %'])];
  const headers = ['phase', ...runs.flatMap(([name]) => [name, 'share'])];
  process.stdout.write(`${table(['once', 'time'], once)}\n\n${table(headers, [...rows, sums])}\n`);
}

void main();
