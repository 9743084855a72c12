/** Debian's docker-registry, started for a test. Needs the package of that name. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DockerRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** Where it keeps what it is given. */
  readonly data: string;
  stop(): Promise<void>;
}

const START_SECONDS = 20;

/** An empty registry on a free port. Rejects, with the registry's last words, if it does not come up. */
export async function startDockerRegistry(): Promise<DockerRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'docker-registry-'));
  const config = join(directory, 'config.yml');
  const data = join(directory, 'data');
  const storage = { filesystem: { rootdirectory: data } };
  // JSON is YAML. Port 0: the registry picks one and says so.
  writeFileSync(
    config,
    JSON.stringify({ version: 0.1, log: { level: 'info' }, storage, http: { addr: '127.0.0.1:0', secret: 'test' } }),
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    return { host: await listening(child), data, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (what: string) => reject(new Error(`docker-registry ${what}: ${said.slice(-500)}`));
    const timer = setTimeout(() => fail(`did not come up within ${START_SECONDS} s`), START_SECONDS * 1000);
    child.once('error', (error) =>
      fail(`could not be started (${error.message}); install the package docker-registry`),
    );
    child.once('exit', (code) => fail(`ended with ${code}`));
    const listen = (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-10_000);
      const host = /listening on (127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (host === undefined) return;
      clearTimeout(timer);
      // It logs every request: read away, or the pipe fills up, but not searched, which would slow down what is measured.
      child.stderr?.off('data', listen).resume();
      resolve(host);
    };
    child.stderr?.on('data', listen);
  });
}
