/**
 * Measures a release of 73 images in a real docker-registry on this machine: this project, bare HTTP calls, docker pull/tag/push and skopeo
 * copy. Requires docker, docker-registry and skopeo. Run by `npm run bench:registry`.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import pLimit from 'p-limit';
import { startDockerRegistry } from '../test/support/registry/docker-registry';
import { median } from './support/measure';
import { CANDIDATES, candidateTag, pushImage, repositories } from './support/registry-images';

const IMAGES = 73;
const LAYER = 20_000_000;
const AT_ONCE = 16;
/** Rounds in one process, and processes of each kind. */
const ROUNDS = 5;
const TURNS = 5;
/** Milliseconds for the engine to settle after a turn. */
const SETTLING = 3000;
const FROM = 'v1.3.0';
const TARGET = { seconds: 1, signed: 5, timesDocker: 100, timesFloor: 1.5, megabytes: 100 };

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'bench-registry-'));
const worker = join(directory, 'worker.js');
const missed: string[] = [];

void main();

async function main(): Promise<void> {
  await build({
    entryPoints: [join(__dirname, 'support/registry-worker.ts')],
    bundle: true,
    platform: 'node',
    outfile: worker,
  });
  const registry = await startDockerRegistry();
  try {
    const limit = pLimit(4);
    const base = `http://${registry.host}`;
    await Promise.all(repositories(IMAGES).map((name) => limit(() => pushImage(base, name, FROM, LAYER))));
    console.log(`${IMAGES} images of ${LAYER / 1e6} MB, ${AT_ONCE} at a time; median of ${ROUNDS * TURNS} rounds\n`);
    await compareTags(registry.host);
    await compareCopies(registry.host);
  } finally {
    await registry.stop();
    rmSync(directory, { recursive: true });
  }
  if (missed.length > 0) console.log(`missed: ${missed.join(', ')}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

async function compareTags(host: string): Promise<void> {
  console.log('a new tag in the same repository');
  let skopeo = 0;
  let docker = 0;
  const [floor, ours, kept, step, signed] = await measureByTurns(
    host,
    ['tag-floor', 'tag-ours', 'tag-kept', 'release-ours', 'release-signed'],
    async (names) => {
      skopeo += await timed(AT_ONCE, names, (name) => skopeoCopy(`${host}/${name}:${FROM}`, `${host}/${name}:skopeo`));
      docker += await timed(1, names, (name) => dockerTag(`${host}/${name}:${FROM}`, `${host}/${name}:docker`));
    },
  );
  await timed(1, repositories(IMAGES), (name) => forget(`${host}/${name}:${FROM}`, `${host}/${name}:docker`));
  line('two bare HTTP calls', floor.milliseconds, 1, floor.megabytes);
  line('ours', ours.milliseconds, ours.milliseconds / floor.milliseconds, ours.megabytes);
  line('ours, first round', ours.first, ours.first / floor.first);
  line('ours, manifests kept', kept.milliseconds, kept.milliseconds / floor.milliseconds, kept.megabytes);
  line('the whole release step', step.milliseconds, step.milliseconds / floor.milliseconds, step.megabytes);
  line('the whole step, signed', signed.milliseconds, signed.milliseconds / floor.milliseconds, signed.megabytes);
  line(`skopeo copy, ${AT_ONCE} at a time`, skopeo, skopeo / floor.milliseconds);
  line('docker pull, tag, push', docker, docker / floor.milliseconds);
  const faster = docker / ours.milliseconds;
  const times = ({ milliseconds }: Measured) => `${(docker / milliseconds).toFixed(0)} times faster than docker`;
  console.log(`  ours is ${times(ours)}, and ${(skopeo / ours.milliseconds).toFixed(0)} times than skopeo;`);
  console.log(`  with manifests that were kept ${times(kept)}; with claims and all checks ${times(step)}\n`);
  check('seconds', Math.max(ours.milliseconds, ours.first) / 1000, TARGET.seconds);
  check('seconds for the release step', Math.max(step.milliseconds, step.first) / 1000, TARGET.seconds);
  check('seconds for the signed release step', signed.milliseconds / 1000, TARGET.signed);
  check('times the floor', ours.milliseconds / floor.milliseconds, TARGET.timesFloor);
  check('MB of memory', ours.megabytes, TARGET.megabytes);
  if (faster < TARGET.timesDocker)
    missed.push(`${faster.toFixed(0)} times faster than docker, not ${TARGET.timesDocker}`);
}

async function compareCopies(host: string): Promise<void> {
  console.log('from the candidates to release repositories, layers by mount');
  const candidate = (name: string) => `${host}/${CANDIDATES}:${candidateTag(name)}`;
  await timed(AT_ONCE, repositories(IMAGES), (name) => skopeoCopy(`${host}/${name}:${FROM}`, candidate(name)));
  const released = (name: string) => `${host}/docker/${name}:v1`;
  let skopeo = 0;
  let docker = 0;
  const [floor, ours] = await measureByTurns(host, ['copy-floor', 'copy-ours'], async (names) => {
    skopeo += await timed(AT_ONCE, names, (name) => skopeoCopy(candidate(name), `${host}/skopeo/${name}:v1`));
    docker += await timed(1, names, (name) => dockerTag(candidate(name), released(name)));
  });
  await timed(1, repositories(IMAGES), (name) => forget(candidate(name), released(name)));
  line('bare HTTP calls', floor.milliseconds, 1, floor.megabytes);
  line('ours', ours.milliseconds, ours.milliseconds / floor.milliseconds, ours.megabytes);
  line(`skopeo copy, ${AT_ONCE} at a time`, skopeo, skopeo / floor.milliseconds);
  line('docker pull, tag, push', docker, docker / floor.milliseconds);
  console.log(`  ours is ${(docker / ours.milliseconds).toFixed(0)} times faster than docker`);
  check('seconds for copies', ours.milliseconds / 1000, TARGET.seconds);
  check('times the floor for copies', ours.milliseconds / floor.milliseconds, TARGET.timesFloor);
  check('MB of memory for copies', ours.megabytes, TARGET.megabytes);
}

interface Measured {
  readonly first: number;
  readonly milliseconds: number;
  readonly megabytes: number;
}

/**
 * Runs all contenders by turns, so that they meet the machine in the same states. Each turn ends with the other tools, which are slow, on
 * their part of the images. Their writes reach the disk before the next turn begins.
 */
async function measureByTurns<const Contenders extends readonly string[]>(
  host: string,
  contenders: Contenders,
  others: (names: readonly string[]) => Promise<void>,
): Promise<{ readonly [Index in keyof Contenders]: Measured }> {
  const all = contenders.map((): Measured[] => []);
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [index, contender] of contenders.entries()) {
      all[index]?.push(await measure(host, contender, `${contender}-${turn}`));
    }
    await others(repositories(IMAGES).filter((_, image) => image % TURNS === turn));
    await run('sync');
    await setTimeout(SETTLING);
  }
  return all.map(middle) as { readonly [Index in keyof Contenders]: Measured };
}

async function measure(host: string, contender: string, label: string): Promise<Measured> {
  const argv = [worker, contender, host, FROM, label, `${IMAGES}`, `${ROUNDS}`, `${AT_ONCE}`, directory];
  const { stdout } = await run(process.execPath, argv);
  const { times, megabytes } = JSON.parse(stdout) as { readonly times: readonly number[]; readonly megabytes: number };
  return { first: times[0] ?? 0, milliseconds: median(times), megabytes };
}

function middle(measured: readonly Measured[]): Measured {
  return {
    first: median(measured.map(({ first }) => first)),
    milliseconds: median(measured.map(({ milliseconds }) => milliseconds)),
    megabytes: Math.max(...measured.map(({ megabytes }) => megabytes)),
  };
}

async function timed(
  atOnce: number,
  names: readonly string[],
  work: (repository: string) => Promise<void>,
): Promise<number> {
  const limit = pLimit(atOnce);
  const start = performance.now();
  await Promise.all(names.map((name) => limit(() => work(name))));
  return performance.now() - start;
}

async function dockerTag(from: string, to: string): Promise<void> {
  await run('docker', ['pull', '-q', from]);
  await run('docker', ['tag', from, to]);
  await run('docker', ['push', '-q', to]);
}

/** Not part of the measurement. */
async function forget(...images: readonly string[]): Promise<void> {
  await run('docker', ['rmi', ...images]);
}

async function skopeoCopy(from: string, to: string): Promise<void> {
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  await run('skopeo', ['copy', '-q', '--all', ...plain, `docker://${from}`, `docker://${to}`]);
}

function check(what: string, value: number, target: number): void {
  if (value > target) missed.push(`${value.toFixed(2)} ${what}, not ${target}`);
}

function line(what: string, milliseconds: number, ratio: number, megabytes?: number): void {
  const memory = megabytes === undefined ? '' : `${megabytes.toFixed(0).padStart(6)} MB`;
  console.log(
    `  ${what.padEnd(28)} ${milliseconds.toFixed(0).padStart(8)} ms ${ratio.toFixed(2).padStart(9)} x floor${memory}`,
  );
}
