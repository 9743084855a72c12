/** A Docker engine of its own for a test, which needs neither a network nor the capability that small machines lack. It requires root. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DockerEngine, findDockerEngine } from '../../../local/build/docker-engine';

const run = promisify(execFile);

const START_SECONDS = 60;

export interface DockerServer {
  readonly engine: DockerEngine;
  /** Stops the engine, and removes its files. */
  stop(): Promise<void>;
}

/**
 * Starts an engine whose files are in the folder, and whose containers are started by `runc`. Containers have the machine's network or none.
 * Rejects with its last output if it does not answer.
 */
export async function startDockerServer(folder: string, runc: string): Promise<DockerServer> {
  await mkdir(folder, { recursive: true });
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const places = ['--data-root', 'data', '--exec-root', 'exec', '--pidfile', 'docker.pid'];
  const args = [
    ...places.map((text) => (text.startsWith('--') ? text : join(folder, text))),
    ...['--host', socket, '--bridge=none', '--iptables=false', '--add-runtime', `own=${runc}`, '--default-runtime=own'],
  ];
  const child = spawn('dockerd', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const logFile = join(folder, 'log');
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const stop = async () => {
    await ended(child);
    // The engine leaves the machine's own network name space mounted.
    await run('umount', [join(folder, 'exec/netns/default')]).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { engine: await answering(socket, child, logFile), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Debian's client builds without a plug-in, and is asked first. */
async function answering(socket: string, child: ChildProcess, logFile: string): Promise<DockerEngine> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = new Error(`dockerd could not be started (${error.message}); install the package docker.io`);
  });
  for (let tries = START_SECONDS * 2; tries > 0 && failure === undefined && child.exitCode === null; tries -= 1) {
    const engine = await findDockerEngine({
      ...process.env,
      PATH: `/usr/bin:${process.env.PATH}`,
      DOCKER_HOST: socket,
    });
    if (engine !== undefined) return engine;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw failure ?? new Error(`dockerd does not answer: ${(await readFile(logFile, 'utf8')).slice(-500)}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const exit = new Promise((done) => child.once('exit', done));
  child.kill();
  await exit;
}
