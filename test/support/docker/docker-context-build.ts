/** Builds a case with the Docker engine of this machine and says which files of the context arrived in the image. */
import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildCase, COPYING_IMAGE } from './docker-context-cases';
import { filesOfProgram } from './program-files';

const run = promisify(execFile);

/** What a build left behind. `output` is the engine's, for a failed build. */
export type BuildResult =
  | { readonly kind: 'built'; readonly contents: ReadonlySet<string>; readonly links: ReadonlySet<string> }
  | { readonly kind: 'failed'; readonly output: string };

/** Makes the image that cases with `RUN --mount` start from, of the `cp` of this machine. */
export async function makeCopyingImage(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'inputs-'));
  try {
    for (const path of await filesOfProgram('/bin/cp')) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await copyFile(path, join(folder, path));
    }
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
    await docker(['build', '--quiet', '--tag', COPYING_IMAGE, folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `docker build` with arguments. Rejects with its error output in `stderr` if it fails. */
export type DockerBuild = (args: readonly string[]) => Promise<unknown>;

/** Docker 20.10 has BuildKit but does not use it unasked. */
function docker(args: readonly string[]): Promise<unknown> {
  return run('docker', [...args], { env: { ...process.env, DOCKER_BUILDKIT: '1' } });
}

/** Builds with the engine of this machine. */
export const engineBuild: DockerBuild = (args) => docker(['build', ...args]);

/** Builds the case; throws if there is no Docker engine. */
export async function buildCaseWith(docker: DockerBuild, build: BuildCase): Promise<BuildResult> {
  const folder = await mkdtemp(join(tmpdir(), 'inputs-'));
  try {
    const source = join(folder, 'source');
    const output = join(folder, 'output');
    await writeTree(source, build);
    const args = ['--quiet', '--no-cache', '--output', output, '--file', join(source, build.dockerfile)];
    if (build.target !== undefined) args.push('--target', build.target);
    for (const [name, value] of Object.entries(build.buildArgs)) args.push('--build-arg', `${name}=${value}`);
    try {
      await docker([...args, join(source, build.context)]);
    } catch (error) {
      const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
      if (/Cannot connect to the Docker daemon|ENOENT|buildx component is missing/.test(text)) throw error;
      return { kind: 'failed', output: text };
    }
    const found = { contents: new Set<string>(), links: new Set<string>() };
    await collect(output, found);
    return { kind: 'built', ...found };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the files of a case into a folder. */
export async function writeTree(root: string, { files, context }: BuildCase): Promise<void> {
  await mkdir(join(root, context), { recursive: true });
  for (const [path, file] of Object.entries(files)) {
    const at = join(root, path);
    await mkdir(dirname(at), { recursive: true });
    if (typeof file === 'string') await writeFile(at, file);
    else if (file.mode === '120000') await symlink(file.text, at);
    else await writeFile(at, file.text);
    if (typeof file !== 'string' && file.mode === '100755') await chmod(at, 0o755);
  }
}

async function collect(folder: string, found: { contents: Set<string>; links: Set<string> }): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const at = join(folder, name);
    const stat = await lstat(at);
    if (stat.isDirectory()) await collect(at, found);
    else if (stat.isSymbolicLink()) found.links.add(await readlink(at));
    else found.contents.add(await readFile(at, 'utf8'));
  }
}
