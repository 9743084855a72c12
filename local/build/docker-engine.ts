/** Finds a Docker client on this machine that can build and whose engine is running. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isAccessible } from '../../adapters/disk/missing';

/** A Docker client that can build. `version` is the engine's. */
export interface DockerEngine {
  /** Absolute path of the client. */
  readonly client: string;
  readonly version: string;
  /** Variables by which the client finds its engine, credentials and certificate authorities. */
  readonly env: Readonly<Record<string, string>>;
}

/** An engine on the same machine answers in milliseconds. */
const ANSWER_WITHIN_MS = 2_000;
/** From this version on a client needs the buildx plugin to build with BuildKit (docs.docker.com, "Docker Engine 23.0"). */
const FIRST_MAJOR_WITH_BUILDX = 23;
const CLIENT_VARIABLES = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'XDG_RUNTIME_DIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
];

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the first client on the PATH, or Debian's own, that can build; undefined if none can. */
export async function findDockerEngine(env: Environment = process.env): Promise<DockerEngine | undefined> {
  const clientEnv = clientEnvironment(env);
  for (const client of new Set([...onPath('docker', env), '/usr/bin/docker'])) {
    if (!(await isAccessible(client, constants.X_OK))) continue;
    const engine = await tryClient(client, clientEnv);
    if (engine !== undefined) return engine;
  }
  return undefined;
}

/** Returns the paths at which the program may be, in the order of the absolute folders of PATH. */
export function onPath(program: string, env: Environment): readonly string[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => join(folder, program));
}

/** Returns true if the engine still answers its client. */
export async function dockerAnswers(engine: DockerEngine): Promise<boolean> {
  return (await runDocker(engine, ['version', '--format={{.Server.Version}}'])) !== undefined;
}

/** Returns the output of a quick command of the client, or undefined if it fails or takes longer than 2 s. */
export function runDocker(
  { client, env }: Pick<DockerEngine, 'client' | 'env'>,
  args: readonly string[],
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(client, [...args], { env, timeout: ANSWER_WITHIN_MS, killSignal: 'SIGKILL' }, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
  });
}

async function tryClient(client: string, env: Readonly<Record<string, string>>): Promise<DockerEngine | undefined> {
  const answer = await runDocker({ client, env }, ['version', '--format={{.Client.Version}} {{.Server.Version}}']);
  const [own, version] = answer?.trim().split(' ') ?? [];
  if (own === undefined || version === undefined || version === '') return undefined;
  const needsBuildx = Number.parseInt(own, 10) >= FIRST_MAJOR_WITH_BUILDX;
  if (needsBuildx && (await runDocker({ client, env }, ['buildx', 'version'])) === undefined) return undefined;
  return { client, version, env };
}

function clientEnvironment(env: Environment): Readonly<Record<string, string>> {
  const names = ['PATH', 'HOME', ...CLIENT_VARIABLES];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
