/**
 * Runs git as a child process, by argv. This is the only place that does. A repository may be hostile: nothing that its configuration
 * names is run (hooks, helpers, transports), and no network is used. Nor do the caller's `GIT_*` variables play a part.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import { redact } from '../../../core/text/redact';

/** Input, environment and limits of one git command. */
export interface GitOptions {
  /** Written to its standard input. */
  readonly input?: string | Buffer;
  /** Exit codes besides 0 that are an answer and no failure. */
  readonly accept?: readonly number[];
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Stops git after this time, in ms; without it git may take as long as it needs. */
  readonly timeout?: number;
}

export interface GitResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

/** These win over the repository's own settings, because git reads the command line last. */
const CONFIG = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'commit.gpgSign=false',
  'i18n.commitEncoding=utf-8',
  // Another process may be updating the branch: git waits 5 s for it before it fails.
  'core.filesRefLockTimeout=5000',
];

const ENVIRONMENT = {
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  // An empty list allows no protocol. Unlike `protocol.allow`, no `protocol.<name>.allow` of a repository widens it.
  GIT_ALLOW_PROTOCOL: '',
  // For git 2.39.4 and later. Older ones try to fetch what a partial clone lacks, and find no protocol allowed.
  GIT_NO_LAZY_FETCH: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1',
  // A replaced object has other bytes than the git host's.
  GIT_NO_REPLACE_OBJECTS: '1',
};

/** Starts `git -C directory ...args`; the caller reads its streams. Folders above `directory` are not searched for a repository. */
export function spawnGit(
  directory: string,
  args: readonly string[],
  { env = {}, timeout }: Pick<GitOptions, 'env' | 'timeout'> = {},
): ChildProcessWithoutNullStreams {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const config = [...CONFIG, ...trustedFolders.map((folder) => `safe.directory=${folder}`)];
  const options = ['--no-pager', '-C', directory, ...config.flatMap((setting) => ['-c', setting])];
  return spawn('git', [...options, ...args], {
    env: {
      ...Object.fromEntries(inherited),
      ...ENVIRONMENT,
      GIT_CEILING_DIRECTORIES: dirname(resolve(directory)),
      ...env,
    },
    stdio: 'pipe',
    ...(timeout === undefined ? {} : { timeout }),
  });
}

/** Runs git to its end and returns all it printed. Throws `GitHostError` if it cannot be started or fails. */
export function runGit(directory: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  return new Promise((fulfil, reject) => {
    const child = spawnGit(directory, args, options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (cause) => reject(gitNotStarted(cause)));
    child.on('close', (code, signal) => {
      const result = {
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString('utf8'),
        exitCode: code ?? -1,
      };
      if (code === 0 || (code !== null && options.accept?.includes(code))) fulfil(result);
      else reject(gitFailed(args, signal ?? `exit code ${code}`, result.stderr));
    });
    // git may end before it has read everything; its exit code tells why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** Runs git and yields what it prints as it comes. Throws `GitHostError` if it cannot be started or fails. */
export async function* readGit(directory: string, args: readonly string[]): AsyncGenerator<Buffer> {
  const child = spawnGit(directory, args);
  child.stdin.end();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<void>((fulfil, reject) => {
    child.on('error', (cause) => reject(gitNotStarted(cause)));
    child.on('close', (code, signal) => {
      if (code === 0) fulfil();
      else reject(gitFailed(args, signal ?? `exit code ${code}`, stderr));
    });
  });
  // It may fail before all that it printed was read.
  ended.catch(() => undefined);
  yield* child.stdout;
  await ended;
}

/**
 * Returns the path of the folder with the repository's hooks, by the configuration of the user, because a push by the user runs them. Throws
 * `GitHostError`.
 */
export function hooksFolder(directory: string): string {
  try {
    return resolve(directory, askAsUser(directory, ['rev-parse', '--git-path', 'hooks']).trimEnd());
  } catch (error) {
    throw gitFailed(['rev-parse', '--git-path', 'hooks'], 'no answer', String((error as { stderr?: unknown }).stderr));
  }
}

/**
 * Lets all later commands read the folders of other owners that the user trusts; returns false if there are none. git reads `safe.directory`
 * in the configuration of user and machine only, never in that of a repository.
 */
export function trustFoldersOfUser(): boolean {
  trustedFolders = readTrustedFolders();
  return trustedFolders.length > 0;
}

let trustedFolders: readonly string[] = [];

function readTrustedFolders(): readonly string[] {
  try {
    const output = askAsUser('/', ['config', '--show-scope', '--null', '--get-all', 'safe.directory']);
    const settings = [...output.matchAll(/([^\0]*)\0([^\0]*)\0/g)].map(([, scope, folder = '']) => ({ scope, folder }));
    return settings.flatMap(({ scope, folder }) => (scope === 'local' || scope === 'worktree' ? [] : [folder]));
  } catch {
    // No such setting, or no git: the command that comes next tells which.
    return [];
  }
}

/** Runs git with the user's own configuration and environment. Only for questions that run no program. */
function askAsUser(directory: string, args: readonly string[]): string {
  return execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Returns the error for a git command that failed, with the command, how it ended, and its last line of stderr. */
function gitFailed(args: readonly string[], ending: string, stderr: string): PipelineError {
  const lastLine = stderr.trimEnd().split('\n').at(-1) || 'it printed no reason';
  const command = clip(redact(['git', ...args].join(' ')), 160);
  return new PipelineError(ERROR_NAMES.gitHost, `${command} failed (${ending}): ${clip(redact(lastLine), 300)}`);
}

/** Returns the error for a machine without git. */
export function gitNotStarted(cause: Error): PipelineError {
  const message = `git cannot be started (${cause.message}); install git 2.30 or newer`;
  return new PipelineError(ERROR_NAMES.gitHost, message, { cause });
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}
