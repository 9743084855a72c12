/** BuildKit, its frontend for Dockerfiles and buildx, built from their Go modules, and small programs of `test/tools/buildkit`. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const TOOLS = join(__dirname, '../../tools/buildkit');

/**
 * The Go package of each program. `runc` starts the machine's own, `scanner` lists Go programs for an SBOM, `emulators` registers an emulator,
 * and the others print their CPU.
 */
const PACKAGES = {
  buildkitd: 'github.com/moby/buildkit/cmd/buildkitd',
  buildctl: 'github.com/moby/buildkit/cmd/buildctl',
  'dockerfile-frontend': 'github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend',
  buildx: 'github.com/docker/buildx/cmd/buildx',
  runc: './runc',
  scanner: './scanner',
  emulators: './emulators',
  'cpu-amd64': './cpu',
  'cpu-arm64': './cpu',
} as const;

export type BuildkitProgram = keyof typeof PACKAGES;

/** What decides the programs. */
const SOURCES = ['go.mod', 'go.sum', ...['runc', 'scanner', 'emulators', 'cpu'].map((name) => `${name}/main.go`)];

/** The tags of BuildKit's own release (Dockerfile of github.com/moby/buildkit), without C. */
const TAGS = 'osusergo netgo static_build seccomp';

/** The programs, and the versions of the modules. */
export interface BuildkitPrograms {
  readonly paths: Readonly<Record<BuildkitProgram, string>>;
  readonly buildkit: string;
  readonly buildx: string;
}

/**
 * Builds the programs, or returns those of an earlier run with the same versions. They are kept in the user's cache folder, where all clones
 * share them. The first build takes about 15 minutes of one core.
 */
export async function buildkitPrograms(): Promise<BuildkitPrograms> {
  const texts = await Promise.all(SOURCES.map((name) => readFile(join(TOOLS, name), 'utf8')));
  const [modules = ''] = texts;
  const version = (module: string) => new RegExp(`${module} (v\\S+)`).exec(modules)?.[1] ?? '';
  const versions = {
    buildkit: version('github.com/moby/buildkit'),
    buildx: version('github.com/docker/buildx'),
  };
  const digest = createHash('sha256').update(texts.join('\0')).digest('hex');
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'image-pipeline-tests');
  const folder = join(cache, `buildkit-${digest.slice(0, 16)}`);
  if (!(await exists(folder))) await buildAll(cache, folder, versions);
  const names = Object.keys(PACKAGES) as BuildkitProgram[];
  const paths = Object.fromEntries(names.map((name) => [name, join(folder, name)]));
  return { paths: paths as Record<BuildkitProgram, string>, ...versions };
}

/** Builds into a folder that gets its name at the end, so that an interrupted build leaves no half of it. */
async function buildAll(cache: string, folder: string, versions: { buildkit: string; buildx: string }): Promise<void> {
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'unfinished-'));
  const set = {
    'github.com/moby/buildkit/version.Version': versions.buildkit,
    'github.com/docker/buildx/version.Version': versions.buildx,
  };
  const flags = Object.entries(set).map(([name, value]) => `-X ${name}=${value}`);
  try {
    for (const [name, source] of Object.entries(PACKAGES)) {
      const args = ['-trimpath', '-tags', TAGS, '-ldflags', `-s -w ${flags.join(' ')}`, '-o', join(unfinished, name)];
      const env = { ...process.env, CGO_ENABLED: '0', ...(name === 'cpu-arm64' ? { GOARCH: 'arm64' } : {}) };
      await run('nice', ['-n', '10', 'go', 'build', ...args, source], { cwd: TOOLS, env, maxBuffer: 1e8 });
    }
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
