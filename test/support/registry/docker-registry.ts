/** docker-registry, started for a test: that of Debian, which requires the package of that name, or another build of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../local/runtime/loopback';

export interface DockerRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** The folder of its content. */
  readonly data: string;
  stop(): Promise<void>;
}

const START_SECONDS = 20;

/** Sections of the configuration, besides those that every test needs. */
export interface DockerRegistryConfig {
  readonly http?: object;
  readonly auth?: object;
  readonly storage?: object;
  /** The program. Default: `docker-registry`. */
  readonly program?: string;
}

/**
 * Starts an empty registry on a free port, with the cache of a usual installation. It logs faults only: a line for every request would add
 * work to what is measured. Rejects with the registry's last output if it does not come up.
 */
export async function startDockerRegistry({
  http,
  auth,
  storage: more,
  program = 'docker-registry',
}: DockerRegistryConfig = {}): Promise<DockerRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'docker-registry-'));
  const config = join(directory, 'config.yml');
  const data = join(directory, 'data');
  const host = `127.0.0.1:${await freePort()}`;
  const log = { level: 'error', accesslog: { disabled: true } };
  const storage = { cache: { blobdescriptor: 'inmemory' }, filesystem: { rootdirectory: data }, ...more };
  const sections = { http: { addr: host, secret: 'test', ...http }, ...(auth === undefined ? {} : { auth }) };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ version: 0.1, log, storage, ...sections }));
  const child = spawn(program, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await answering(child, host);
    return { host, data, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answering(child: ChildProcess, host: string): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-10_000);
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error) =>
      reject(new Error(`docker-registry could not be started (${error.message}); install the package docker-registry`)),
    );
    child.once('exit', (code) => reject(new Error(`docker-registry ended with ${code}: ${said.slice(-500)}`)));
  });
  failed.catch(() => undefined);
  for (const end = Date.now() + START_SECONDS * 1000; Date.now() < end; ) {
    // One with a login or with TLS answers, too.
    const answer = fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    );
    if (await Promise.race([answer, failed])) return;
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), failed]);
  }
  throw new Error(`docker-registry did not come up within ${START_SECONDS} s: ${said.slice(-500)}`);
}
