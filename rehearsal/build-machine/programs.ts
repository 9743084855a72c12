/** Creates the folder of the programs that a buildspec calls: `node`, `aws` and `docker`. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { HOST_HOOK } from '../emulator/emulator';
import type { PythonEnvironment } from '../emulator/python';
import type { DockerEngine } from '../product';

/** Creates the folder. Without an engine, `docker` is the embedded builder. */
export async function makePrograms(
  folder: string,
  python: PythonEnvironment,
  engine: DockerEngine | undefined,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await symlink(process.execPath, join(folder, 'node'));
  await symlink(python.program('aws'), join(folder, 'aws'));
  const docker = engine === undefined ? await embeddedClient(folder) : engineClient(engine);
  await writeFile(join(folder, 'docker'), docker, { mode: 0o755 });
}

/** Returns a script that calls the engine's client through `docker.sh`. Logins are stored in the job's own folder. */
function engineClient({ client, env }: DockerEngine): string {
  const settings = Object.entries(env).filter(([name]) => name.startsWith('DOCKER_') && name !== 'DOCKER_CONFIG');
  return [
    '#!/bin/bash',
    ...settings.map(([name, value]) => `export ${name}=${quoted(value)}`),
    `export REHEARSAL_DOCKER=${quoted(client)}`,
    `exec bash ${quoted(join(__dirname, 'docker.sh'))} "$@"`,
    '',
  ].join('\n');
}

/** Bundles the replacement client, and returns a script that calls it. */
async function embeddedClient(folder: string): Promise<string> {
  const bundle = join(folder, 'docker-client.cjs');
  await build({
    entryPoints: [join(__dirname, 'docker-client.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  });
  return [
    '#!/bin/bash',
    `exec ${quoted(process.execPath)} --require ${quoted(HOST_HOOK)} ${quoted(bundle)} "$@"`,
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
