/** Runs git as a child process, by argv. The machine's configuration and the caller's `GIT_*` variables play no part. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';

/** What a git command may be given besides its arguments. */
export interface GitOptions {
  /** Written to its standard input. */
  readonly input?: string | Buffer;
  /** Exit codes besides 0 that are an answer and no failure. */
  readonly accept?: readonly number[];
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface GitResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * - redirects would carry credentials to another host, and only https may be fetched (a partial clone may need it);
 * - a repository that somebody else owns is read, because its path was given on purpose;
 * - a branch that another process is just moving is waited for (5 s) before that counts as a failure.
 */
const CONFIG = [
  'http.followRedirects=false',
  'protocol.allow=never',
  'protocol.https.allow=always',
  'safe.directory=*',
  'core.fsmonitor=false',
  'core.filesRefLockTimeout=5000',
  'i18n.commitEncoding=utf-8',
].flatMap((setting) => ['-c', setting]);

/**
 * Starts `git -C directory ...args`; the caller reads its streams. Neither the folders above `directory` are searched for a
 * repository, nor are replace references followed, which would give other bytes than the git host has.
 */
export function spawnGit(
  directory: string,
  args: readonly string[],
  env: GitOptions['env'] = {},
): ChildProcessWithoutNullStreams {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return spawn('git', ['-C', directory, ...CONFIG, ...args], {
    env: {
      ...Object.fromEntries(inherited),
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_CEILING_DIRECTORIES: dirname(resolve(directory)),
      ...env,
    },
    stdio: 'pipe',
  });
}

/** Runs git to its end and returns all it printed. Throws `GitHostError` if it cannot be started or fails. */
export function runGit(directory: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  return new Promise((fulfil, reject) => {
    const child = spawnGit(directory, args, options.env);
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

/** The error for a git that ended badly: command, how it ended, the last line it printed to stderr. */
export function gitFailed(args: readonly string[], ending: string, stderr: string): PipelineError {
  const lastLine = stderr.trimEnd().split('\n').at(-1) || 'it printed no reason';
  const command = redact(['git', ...args].join(' '), 160);
  return new PipelineError(ERROR_NAMES.gitHost, `${command} failed (${ending}): ${redact(lastLine, 300)}`);
}

/** The error for a git that is not there. */
export function gitNotStarted(cause: Error): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `git cannot be started (${cause.message}); install git 2.30 or newer`, {
    cause,
  });
}

function redact(text: string, length: number): string {
  const safe = text.replace(/:\/\/[^/@\s]+@/g, '://***@');
  return safe.length > length ? `${safe.slice(0, length - 3)}...` : safe;
}
