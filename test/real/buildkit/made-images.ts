/** The images that builds need, made of programs of this machine and pushed to a registry on loopback. No network is needed. */
import { execFile, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { DockerEngine } from '../../../local/build/docker-engine';
import { filesOfProgram } from '../../support/docker/program-files';
import type { BuildkitPrograms } from './buildkit-programs';

const run = promisify(execFile);

/** Debian's, which the program `runc` starts. */
const RUNC = '/usr/sbin/runc';

/** Of Debian's package qemu-user-static. */
const QEMU = '/usr/bin/qemu-aarch64-static';

/** As in the Dockerfile of the real one (frontend/dockerfile/cmd/dockerfile-frontend of github.com/moby/buildkit). */
const FRONTEND_LABEL =
  'LABEL moby.buildkit.frontend.caps=moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts';

/** Digests of the images below `HOST/hub`, which stands for Docker Hub. */
export interface MadeImages {
  /** `moby/buildkit`. */
  readonly buildkit: string;
  /** `docker/buildkit-syft-scanner`: a scanner of our own, by BuildKit's protocol. */
  readonly scanner: string;
  /** `docker/dockerfile:1`, for `# syntax=`. */
  readonly frontend: string;
  /** `tonistiigi/binfmt`: a program of our own that registers the emulator of this machine for arm64. */
  readonly emulators: string;
  /** `library/tools:1`, with a shell, `cp`, `sleep`, `cat` and `ssh-add`. */
  readonly tools: string;
}

/** Paths on this machine by paths in the image. */
type ImageFiles = Readonly<Record<string, string>>;

/** Makes and pushes all images. The engine keeps none of them. */
export async function makeImages(host: string, engine: DockerEngine, programs: BuildkitPrograms): Promise<MadeImages> {
  const { buildkitd, buildctl, runc, scanner } = programs.paths;
  const runcFiles = await filesOfProgram(RUNC);
  const image = (name: string, files: ImageFiles, entrypoint: string, ...changes: readonly string[]) =>
    makeImage(engine, `${host}/hub/${name}`, files, [`ENTRYPOINT [${JSON.stringify(entrypoint)}]`, ...changes]);
  return {
    buildkit: await image(
      `moby/buildkit:${programs.buildkit}`,
      {
        ...samePaths(runcFiles),
        '/usr/bin/buildkitd': buildkitd,
        '/usr/bin/buildctl': buildctl,
        '/usr/bin/runc': runc,
      },
      'buildkitd',
    ),
    scanner: await image('docker/buildkit-syft-scanner:1.0.0', { '/scanner': scanner }, '/scanner'),
    frontend: await image(
      'docker/dockerfile:1',
      { '/bin/dockerfile-frontend': programs.paths['dockerfile-frontend'] },
      '/bin/dockerfile-frontend',
      FRONTEND_LABEL,
    ),
    emulators: await image(
      'tonistiigi/binfmt:1',
      { '/emulators': programs.paths.emulators, '/qemu': QEMU },
      '/emulators',
    ),
    tools: await image('library/tools:1', await toolFiles(), '/bin/sh'),
  };
}

async function toolFiles(): Promise<ImageFiles> {
  const files = await Promise.all(
    ['/bin/sh', '/bin/cp', '/bin/sleep', '/bin/cat', '/usr/bin/ssh-add'].map(filesOfProgram),
  );
  return samePaths(files.flat());
}

function samePaths(paths: readonly string[]): ImageFiles {
  return Object.fromEntries(paths.map((path) => [path, path]));
}

/** Pushes an image of these files. Returns its digest. */
async function makeImage(
  { client, env }: DockerEngine,
  reference: string,
  files: ImageFiles,
  changes: readonly string[],
): Promise<string> {
  const docker = async (...args: readonly string[]) => (await run(client, [...args], { env })).stdout;
  const folder = await mkdtemp(join(tmpdir(), 'image-files-'));
  try {
    await mkdir(join(folder, 'tmp'));
    for (const [path, source] of Object.entries(files)) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(source, target);
      await chmod(target, 0o755);
    }
    const options = ['ENV PATH=/usr/bin:/bin', ...changes].flatMap((change) => ['--change', change]);
    const tar = spawn('tar', ['--create', '--directory', folder, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const load = spawn(client, ['import', ...options, '-', reference], { env, stdio: ['pipe', 'ignore', 'inherit'] });
    const loaded = new Promise((resolve) => load.once('close', resolve));
    await pipeline(tar.stdout, load.stdin);
    if ((await loaded) !== 0) throw new Error(`docker import ${reference} failed`);
    await docker('push', '--quiet', reference);
    const pushed = await docker('image', 'inspect', '--format={{index .RepoDigests 0}}', reference);
    return pushed.trim().split('@')[1] ?? '';
  } finally {
    await docker('image', 'rm', reference).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}
