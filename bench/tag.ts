/**
 * Measures `pipeline tag` on 73 images as a whole process, beside `crane tag` with 16 processes at a time, and beside a process that makes
 * two bare calls for each image. Requires docker-registry and Go, which builds crane. Run by `npm run bench:tag`.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { startDockerRegistry } from '../test/support/registry/docker-registry';
import { median } from './support/measure';
import { packagedCommand } from './support/packaged';
import { pushImage, repositories } from './support/registry-images';

const IMAGES = 73;
const AT_ONCE = 16;
const TURNS = 9;
const FROM = 'v1.3.0';
/** Times the process with two bare calls for each image. */
const TARGET = 1.6;

const ROOT = join(__dirname, '..');
const CRANE = join(ROOT, '.local/crane');
const run = promisify(execFile);

void main();

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-tag-'));
  const worker = join(directory, 'worker.js');
  const entry = join(__dirname, 'support/registry-worker.ts');
  await build({ entryPoints: [entry], bundle: true, platform: 'node', outfile: worker });
  await buildCrane();
  const command = packagedCommand();
  const registry = await startDockerRegistry();
  try {
    const names = repositories(IMAGES);
    for (const name of names) await pushImage(`http://${registry.host}`, name, FROM, 1000);
    const floor = (tag: string) =>
      run(process.execPath, [worker, 'tag-floor', registry.host, FROM, tag, `${IMAGES}`, '1', `${AT_ONCE}`, directory]);
    await compare({
      'two bare calls': floor,
      'pipeline tag': (tag) => pipelineTag(command, registry.host, names, tag),
      'crane tag': (tag) => craneTag(registry.host, names, tag),
    });
  } finally {
    await registry.stop();
    rmSync(directory, { recursive: true });
  }
}

async function buildCrane(): Promise<void> {
  if (existsSync(CRANE)) return;
  const source = 'github.com/google/go-containerregistry/cmd/crane';
  await run('go', ['build', '-o', CRANE, source], { cwd: join(ROOT, 'test/tools/crane') });
}

function pipelineTag(command: string, host: string, names: readonly string[], tag: string): Promise<unknown> {
  const options = ['--registry', host, '--from', FROM, '--to', tag];
  return run(process.execPath, [command, 'tag', ...options, ...names]);
}

function craneTag(host: string, names: readonly string[], tag: string): Promise<unknown> {
  const images = names.map((name) => `${host}/${name}:${FROM}`).join('\n');
  return run('sh', [
    '-c',
    'printf "%s\\n" "$1" | xargs -P "$2" -I IMAGE "$3" tag IMAGE "$4"',
    'sh',
    images,
    `${AT_ONCE}`,
    CRANE,
    tag,
  ]);
}

/** Runs all by turns, so that they meet the machine in the same states, and prints medians and ratios. */
async function compare(contenders: Readonly<Record<string, (tag: string) => Promise<unknown>>>): Promise<void> {
  const turns: Readonly<Record<string, number>>[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const times: Record<string, number> = {};
    for (const [name, tagAll] of Object.entries(contenders)) {
      const start = performance.now();
      await tagAll(`${name.replace(/\W/g, '-')}-${turn}`);
      times[name] = performance.now() - start;
    }
    turns.push(times);
  }
  process.stdout.write(`${IMAGES} images, whole processes; median of ${TURNS} turns\n`);
  const ratio = (one: string, other: string) => median(turns.map((times) => (times[one] ?? 0) / (times[other] ?? 1)));
  for (const name of Object.keys(contenders)) {
    const milliseconds = median(turns.map((times) => times[name] ?? 0)).toFixed(0);
    process.stdout.write(
      `${name.padEnd(16)}${milliseconds.padStart(7)} ms ${ratio(name, 'two bare calls').toFixed(2)}\n`,
    );
  }
  const isMissed = ratio('pipeline tag', 'two bare calls') > TARGET || ratio('pipeline tag', 'crane tag') > 1;
  process.stdout.write(isMissed ? `missed: at most ${TARGET} times two bare calls, and no slower than crane\n` : '');
  process.exitCode = isMissed ? 1 : 0;
}
