/** A real Gitea on loopback with a database in a file, in a folder of its own. It is built from its Go module, once. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../local/runtime/loopback';

const run = promisify(execFile);

const TOOLS = join(__dirname, '../../tools/gitea');
const MODULE = 'code.gitea.io/gitea';

/** Kept between runs. */
const FOLDER = join(__dirname, '../../../.local/gitea-program');

export interface RealGitea {
  readonly url: string;
  readonly apiUrl: string;
  readonly version: string;
  /** Tokens of the administrator `ada` and of `bob`, who may do nothing until he is made a collaborator. */
  readonly tokens: { readonly ada: string; readonly bob: string };
  /** Sends a request to the API as the administrator, and returns its reply. Throws if it fails. */
  api<Reply>(method: string, path: string, body?: object): Promise<Reply>;
  /** Makes a repository of `ada`, and returns its full name. */
  createRepository(): Promise<string>;
  /** Makes a repository whose files are those of a bare repository on disk. */
  adoptRepository(path: string): Promise<string>;
  close(): Promise<void>;
}

/** Builds the server, which takes about 15 minutes of one core the first time, and returns its path. */
async function buildGitea(): Promise<string> {
  const program = join(FOLDER, 'gitea');
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  await mkdir(FOLDER, { recursive: true });
  const flags = ['-tags', 'sqlite sqlite_unlock_notify', '-trimpath', '-ldflags', '-s -w'];
  await run('go', ['build', '-p', '1', ...flags, '-o', program, MODULE], { cwd: TOOLS, maxBuffer: 1e8 });
  return program;
}

/** Starts the server with two users. */
export async function startRealGitea(): Promise<RealGitea> {
  const program = await buildGitea();
  const folder = await mkdtemp(join(tmpdir(), 'real-gitea-'));
  const port = await freePort();
  const config = join(folder, 'app.ini');
  // Templates and other files of the program are in its module.
  const files = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', MODULE], { cwd: TOOLS, encoding: 'utf8' }).trim();
  await writeFile(config, configuration(folder, files, port));
  const env = { ...process.env, HOME: folder, GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: 'true' };
  const gitea = async (...args: readonly string[]) => {
    const { stdout } = await run(program, ['--config', config, ...args], { env, cwd: folder });
    return stdout.trim().split('\n').at(-1) ?? '';
  };
  await gitea('migrate');
  const [ada, bob] = [await createUser(gitea, 'ada', ['--admin']), await createUser(gitea, 'bob', [])];
  const server = spawn(program, ['--config', config, 'web'], { env, cwd: folder });
  const log = createWriteStream(join(folder, 'web.log'));
  server.stdout.pipe(log);
  server.stderr.pipe(log);
  const url = `http://127.0.0.1:${port}`;
  const api = apiOf(`${url}/api/v1`, ada);
  const { version } = await untilReady<{ readonly version: string }>(() => api('GET', '/version'));
  let count = 0;
  const createRepository = async () => {
    count += 1;
    const name = `repository-${count}`;
    await api('POST', '/user/repos', { name, auto_init: true, default_branch: 'main' });
    return `ada/${name}`;
  };
  return {
    url,
    apiUrl: `${url}/api/v1`,
    version,
    tokens: { ada, bob },
    api,
    createRepository,
    adoptRepository: async (path) => {
      const name = await createRepository();
      const stored = join(folder, 'repositories', `${name}.git`);
      await rename(stored, `${stored}.old`);
      await symlink(path, stored);
      return name;
    },
    close: () => stop(server, folder),
  };
}

async function createUser(
  gitea: (...args: readonly string[]) => Promise<string>,
  name: string,
  flags: readonly string[],
): Promise<string> {
  const login = ['--username', name, '--password', `${name}-Passw0rd`, '--email', `${name}@example.com`];
  await gitea('admin', 'user', 'create', ...login, '--must-change-password=false', ...flags);
  return gitea('admin', 'user', 'generate-access-token', '--username', name, '--scopes', 'all', '--raw');
}

function configuration(folder: string, files: string, port: number): string {
  return `RUN_MODE = prod
WORK_PATH = ${folder}
[server]
STATIC_ROOT_PATH = ${files}
APP_DATA_PATH = ${folder}/data
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
OFFLINE_MODE = true
DISABLE_SSH = true
[database]
DB_TYPE = sqlite3
PATH = ${folder}/gitea.db
[repository]
ROOT = ${folder}/repositories
[security]
INSTALL_LOCK = true
[webhook]
ALLOWED_HOST_LIST = loopback
[actions]
ENABLED = false
[log]
LEVEL = Warn
`;
}

function apiOf(base: string, token: string): RealGitea['api'] {
  return async (method, path, body) => {
    const headers = { authorization: `token ${token}`, 'content-type': 'application/json' };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await fetch(`${base}${path}`, { method, headers, ...content });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text.slice(0, 300)}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** Waits up to 60 seconds. */
async function untilReady<Reply>(ask: () => Promise<Reply>): Promise<Reply> {
  for (let tries = 120; ; tries -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((done) => server.once('exit', done));
  server.kill();
  await ended;
  await rm(folder, { recursive: true, force: true });
}
