/**
 * Replaces the Docker client if no engine runs. It has the commands that `buildspecs/image.yml` uses, and builds with the embedded builder. It is
 * bundled into the file `docker`, and is configured by the job's environment variables.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../adapters/clock';
import { localAccess } from '../../adapters/registry/client/keychain';
import { openRegistryClient } from '../../adapters/registry/oci-registry';
import { createEmbeddedBuilder } from '../../local/build/embedded-builder';

type Environment = Readonly<Record<string, string>>;

async function main([command = '', ...args]: readonly string[], env: Environment): Promise<number> {
  switch (command) {
    case 'login':
      return login(args.at(-1) ?? '', args[args.indexOf('--username') + 1] ?? '', env);
    case 'build':
      return build(env);
    case 'push':
      return push(env);
    default:
      console.error(`docker ${command} is not supported without a Docker engine`);
      return 1;
  }
}

/** Builds nothing yet, unless it is asked to fail, or to break the machine. */
async function build({ SERVICE, HOME = '', REHEARSAL_FAILS, REHEARSAL_BREAKS }: Environment): Promise<number> {
  if (REHEARSAL_BREAKS === SERVICE) {
    await writeFile(join(HOME, 'broken'), '');
    await sleep(600_000);
  }
  if (REHEARSAL_FAILS !== SERVICE) return 0;
  console.error('the build was asked to fail');
  return 1;
}

/** Stores the password as Docker does, in the job's own folder. */
async function login(host: string, user: string, { DOCKER_CONFIG = '' }: Environment): Promise<number> {
  const password = (await text(process.stdin)).trim();
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  await mkdir(DOCKER_CONFIG, { recursive: true });
  await writeFile(join(DOCKER_CONFIG, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  return 0;
}

/** Builds the image from the source archive in this folder, and pushes it. */
async function push(env: Environment): Promise<number> {
  // The buildspec has read the list of a machine with several images, and calls Docker for each of them.
  const { IMAGE_LIST: _, ...variables } = env;
  const { CATALOG_FILE = '', RELEASE_NAMESPACE = '', HOME = '' } = env;
  const registry = openRegistryClient(localAccess(systemClock));
  const builder = createEmbeddedBuilder({ catalogFile: CATALOG_FILE, releases: RELEASE_NAMESPACE, registry });
  const logFile = join(HOME, 'embedded.log');
  const signal = new AbortController().signal;
  const end = await builder.build({ variables: variables as never, source: '.', logFile, timeoutMs: 600_000, signal });
  await builder.close();
  if (end.status === 'SUCCEEDED') {
    process.stdout.write(await readFile(logFile, 'utf8'));
    return 0;
  }
  console.error(end.message);
  return 1;
}

main(process.argv.slice(2), process.env as Environment).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
