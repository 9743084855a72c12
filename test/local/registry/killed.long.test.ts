/** The embedded registry, killed at any moment: everything that it serves is complete, and pushes can continue. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startRegistry } from '../../../local/registry/start-registry';
import {
  imageOf,
  missingFrom,
  pulledManifest,
  pushContent,
  sha256,
} from '../../support/registry/fake-registry-content';

const directory = mkdtempSync(join(tmpdir(), 'killed-'));
const data = join(directory, 'data');
const children: ChildProcess[] = [];
const LAYER = 8 * 1024 * 1024;

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** Starts the registry in its own process. */
async function startProcess(): Promise<{ readonly child: ChildProcess; readonly base: string }> {
  const script = join(directory, 'serve.ts');
  const module = resolve(__dirname, '../../../local/registry/start-registry');
  writeFileSync(
    script,
    `import { startRegistry } from ${JSON.stringify(module)};\n` +
      `startRegistry({ directory: ${JSON.stringify(data)} }).then(({ host }) => console.log(host));\n`,
  );
  const tsx = resolve(__dirname, '../../../node_modules/tsx/dist/cli.mjs');
  const child = spawn(process.execPath, [tsx, script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  children.push(child);
  const host = await new Promise<string>((found, failed) => {
    child.once('exit', (code) => failed(new Error(`the registry ended with ${code}`)));
    child.stdout?.once('data', (chunk: Buffer) => found(chunk.toString('utf8').trim()));
  });
  return { child, base: `http://${host}` };
}

/** tsx runs the script in a child of its own, so the whole group is killed. */
async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once('exit', done));
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await ended;
}

function filesBelow(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
}

/** True as soon as the folder has a file of this size. */
function hasLarge(folder: string, bytes: number): boolean {
  return filesBelow(folder).some(
    (name) => (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) >= bytes,
  );
}

/** Waits for the moment, or for the push to end before it was observed. */
async function until(moment: () => boolean, push: Promise<unknown>): Promise<void> {
  let isOver = false;
  push.then(() => {
    isOver = true;
  });
  while (!isOver && !moment()) await new Promise((done) => setTimeout(done, 1));
}

function brokenBlobs(): readonly string[] {
  const folder = join(data, 'blobs', 'sha256');
  return filesBelow(folder)
    .filter((name) => /\/[0-9a-f]{64}$/.test(name))
    .filter(
      (name) =>
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex') !== name.slice(-64),
    );
}

test('no blob is stored partly, and the same push succeeds afterwards', async () => {
  const layer = (round: number) => Buffer.alloc(LAYER, `layer of round ${round} `);
  const images = [0, 1, 2].map((round) =>
    imageOf(`round ${round}`, { layers: [layer(round), Buffer.from(`${round}`)] }),
  );

  const uploads = join(data, 'uploads');
  // While the layer comes in; when it is whole and its digest is being computed; when it has just been given its name.
  const moments = [
    () => hasLarge(uploads, 1024 * 1024),
    () => hasLarge(uploads, LAYER),
    () => filesBelow(join(data, 'blobs')).some((name) => name.endsWith(sha256(layer(2)).slice(7))),
  ];

  for (const [round, image] of images.entries()) {
    const { child, base } = await startProcess();
    const push = pushContent(base, 'team/image', image, `v${round}`).then(
      () => 'done',
      () => 'broken off',
    );
    await until(moments[round] ?? (() => true), push);
    await kill(child);
    await push;
    expect(brokenBlobs()).toEqual([]);
    // The killed process's upload would make the next moment come too soon.
    rmSync(uploads, { recursive: true, force: true });
  }

  const running = await startRegistry({ directory: data });
  const base = `http://${running.host}`;
  for (const [round, image] of images.entries()) {
    const tagged = await pulledManifest(base, 'team/image', `v${round}`);
    if (tagged !== undefined) expect(await missingFrom(base, 'team/image', image)).toEqual([]);
    await pushContent(base, 'team/image', image, `v${round}`);
    expect(await missingFrom(base, 'team/image', image)).toEqual([]);
  }
  await running.close();
});

test('an upload continues after a restart', async () => {
  const { child, base } = await startProcess();
  const blob = Buffer.from('the first half and the second half');
  const opened = await fetch(`${base}/v2/team/resumed/blobs/uploads/`, { method: 'POST' });
  const path = opened.headers.get('location') ?? '';
  await fetch(`${base}${path}`, { method: 'PATCH', body: blob.subarray(0, 14) });
  await kill(child);

  const running = await startRegistry({ directory: data });
  const again = `http://${running.host}`;
  const state = await fetch(`${again}${path}`);
  const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
  const ended = await fetch(`${again}${path}?digest=${digest}`, { method: 'PUT', body: blob.subarray(14) });
  const pulled = await fetch(`${again}/v2/team/resumed/blobs/${digest}`);

  expect(state.headers.get('range')).toBe('0-13');
  expect(ended.status).toBe(201);
  expect(await pulled.text()).toBe(String(blob));
  await running.close();
});
