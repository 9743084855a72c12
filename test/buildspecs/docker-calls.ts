/** Runs the deployed buildspec of images by bash, on a machine with buildx: a small program instead of Docker records its calls. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleJobTool } from '../../buildspecs/job/bundle';
import { type BuildspecResult, runBuildspec } from '../../local/build/buildspec-runner';
import {
  CATALOG_FILE,
  makeSampleSource,
  RELEASES,
  SAMPLE_FILES,
  type SampleSource,
} from '../local/build/embedded/sample-source';

const BUILDSPEC = readFileSync(join(__dirname, '../../buildspecs/image.yml'), 'utf8');
export const CANDIDATES = 'registry.example/candidates';
export const DIGEST = `sha256:${'1'.repeat(64)}`;
/** A CPU that no test machine has. */
export const FOREIGN = 'linux/s390x';

let source: SampleSource;
let folder: string;
let tool: string;

/** Makes the source and the programs for every test of the file that calls it. */
export function useDockerCalls(): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'buildkit-job-'));
    tool = join(folder, 'tool.cjs');
    await bundleJobTool(tool);
    source = await makeSampleSource({
      ...SAMPLE_FILES,
      [CATALOG_FILE]: `platform: v1.4.0\nservices:\n  base: { path: services/base, context: services/base }\n  child: { path: services/child, context: services/child, platforms: [linux/amd64, ${FOREIGN}] }\n  tested: { path: services/tested, test: { target: tests } }\n  lent: { path: services/tested, secrets: [npm], ssh: { default: deploy } }\n`,
      'services/tested/Dockerfile': 'FROM scratch AS app\nFROM app AS tests\nFROM app\n',
      'services/child/Dockerfile': `FROM ${RELEASES}/base:v9\nCOPY --from=python:3.12 /x /x\n`,
    });
  });
  afterAll(() => {
    source.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    rmSync(join(folder, 'bin'), { recursive: true, force: true });
    mkdirSync(join(folder, 'bin'));
    rmSync(join(folder, 'calls'), { force: true });
  });
}

/** The sample source, and the log of the last job. */
export function sample(): SampleSource {
  return source;
}

export function log(): string {
  return readFileSync(join(folder, 'log'), 'utf8');
}

function program(name: string, script: string): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

const BASES = JSON.stringify({
  digests: { 'python:3.12': DIGEST },
  images: { base: { kind: 'candidate', tag: 'base.y' } },
  noCache: false,
  cacheScope: 'feature0',
});

/** What an image has in the list of its machine, and in variables if it is built alone. */
export function listed(service: string) {
  const inputDigest = source.digests.get(service) ?? '';
  return { service, inputDigest, candidate: `${CANDIDATES}:${service}.x`, bases: BASES, timeoutMinutes: 15 };
}

interface Job {
  /** What Docker does after it has recorded a call. */
  readonly script: string;
  readonly part?: Readonly<Record<string, string>>;
  readonly onExport?: (variables: object) => void;
}

/** Builds one image. */
export async function build(
  service: string,
  script: string,
  part: Readonly<Record<string, string>> = {},
  onExport: (variables: object) => void = () => undefined,
): Promise<BuildspecResult> {
  const { inputDigest, candidate, bases } = listed(service);
  const own = { SERVICE: service, INPUT_DIGEST: inputDigest, CANDIDATE_IMAGE: candidate, BASE_IMAGES: bases };
  return runJob({ script, part: { ...own, ...part }, onExport });
}

/** Builds several images on one machine. */
export async function buildTogether(
  images: readonly object[],
  script: string,
  onExport: (variables: object) => void = () => undefined,
  part: Readonly<Record<string, string>> = {},
): Promise<BuildspecResult> {
  const list = join(folder, 'list.json');
  writeFileSync(list, JSON.stringify(images));
  return runJob({ script, part: { IMAGE_LIST: list, ...part }, onExport });
}

async function runJob({ script, part = {}, onExport = () => undefined }: Job): Promise<BuildspecResult> {
  if (!existsSync(join(folder, 'bin/node'))) symlinkSync(process.execPath, join(folder, 'bin/node'));
  const note = `require('fs').appendFileSync('${folder}/calls', JSON.stringify(process.argv.slice(1)) + '\\n')`;
  program('docker', `'${process.execPath}' -e "${note.replaceAll('"', '\\"')}" -- "$@"\n${script}`);
  program('aws', 'echo secret');
  return runBuildspec({
    buildspec: BUILDSPEC,
    source: source.location,
    env: {
      PATH: `${folder}/bin:/usr/bin:/bin`,
      RUN_ID: 'run-1',
      SOURCE_COMMIT: source.commit,
      JOB_TOOL: tool,
      CATALOG_FILE,
      RELEASE_NAMESPACE: RELEASES,
      LOGIN_REGISTRY: 'registry.example',
      CACHE_REPOSITORY: CANDIDATES,
      BASE_MIRRORS: '{"docker.io":"registry.example/hub"}',
      REPOSITORY_URL: 'https://git.example/shop',
      ...part,
    },
    logFile: join(folder, 'log'),
    timeoutMs: 60_000,
    onExport,
  });
}

/** The arguments of each call of Docker. */
export function calls(): string[][] {
  const file = join(folder, 'calls');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as string[]);
}

export const commands = () => calls().map((call) => call.slice(0, call[0] === 'buildx' ? 2 : 1).join(' '));

/** An engine's socket that tells of every container that it has used 300 MB and four seconds of CPU. */
export async function startEngine() {
  const asked: string[] = [];
  const path = join(folder, 'engine');
  const sample = { memory_stats: { usage: 3e8, stats: {} }, cpu_stats: { cpu_usage: { total_usage: 4e9 } } };
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.end(`${JSON.stringify(sample)}\n`);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { host: `unix://${path}`, asked, stop: () => new Promise((resolve) => server.close(resolve)) };
}
