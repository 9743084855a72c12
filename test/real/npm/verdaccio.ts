/** A real npm registry: Verdaccio, installed by npm into the user's cache folder, once, with an empty storage for each start. */
import { execFile, spawn } from 'node:child_process';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../local/runtime/loopback';

const run = promisify(execFile);

const VERSION = '6.8.0';

/** Verdaccio asks for a tag of node-fetch that some mirrors of npmjs.com do not have. */
const PROJECT = { private: true, dependencies: { verdaccio: VERSION }, overrides: { 'node-fetch': '2.7.0' } };

/** Anybody reads, and only a user writes. There is no registry behind it. */
const CONFIG = [
  'storage: ./storage',
  'auth: { htpasswd: { file: ./htpasswd } }',
  "packages: { '**': { access: $all, publish: $authenticated } }",
  'log: { type: stdout, format: pretty, level: warn }',
  '',
].join('\n');

export interface Verdaccio {
  /** Ends with a slash. */
  readonly url: string;
  /** The token of a user who may publish. */
  readonly token: string;
  stop(): Promise<void>;
}

/** Starts the registry on a free port of this machine. `folder` takes its files. */
export async function startVerdaccio(folder: string): Promise<Verdaccio> {
  const program = await installVerdaccio();
  await writeFile(join(folder, 'config.yaml'), CONFIG);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const args = [program, '--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`];
  const server = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  const stop = async () => {
    server.kill();
    await ended;
  };
  try {
    return { url, token: await firstUser(url), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function installVerdaccio(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'image-pipeline-tests');
  const folder = join(cache, `verdaccio-${VERSION}`);
  const program = join(folder, 'node_modules/verdaccio/bin/verdaccio');
  // npm writes this file last.
  const whole = join(folder, 'node_modules/.package-lock.json');
  const isThere = await access(whole).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify(PROJECT));
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder, maxBuffer: 1e8 });
  return program;
}

const START_SECONDS = 60;

/** Adds a user as `npm adduser` does, once the registry answers. Returns the user's token. */
async function firstUser(url: string): Promise<string> {
  const user = { name: 'pipeline', password: 'only-for-tests' };
  for (let second = 0; second < START_SECONDS; second += 1) {
    const reply = await fetch(`${url}-/user/org.couchdb.user:${user.name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(user),
    }).catch(() => undefined);
    if (reply?.ok) return ((await reply.json()) as { readonly token: string }).token;
    await new Promise((again) => setTimeout(again, 1000));
  }
  throw new Error(`Verdaccio at ${url} did not start within ${START_SECONDS} s`);
}
