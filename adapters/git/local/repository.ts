/** Opens and clones repositories on disk. A directory is checked before any other command runs in it. */
import { mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERROR_NAMES, InvalidInputError, messageOf, PipelineError } from '../../../core/contract/errors';
import { shellWord } from '../../../core/text/escape';
import { type GitResult, runGit, trustFoldersOfUser } from './git-command';

/** A repository on disk, bare or with a work tree. */
export interface LocalRepository {
  /** The directory that was given, symbolic links resolved. Commands run here. */
  readonly path: string;
  readonly gitDirectory: string;
  readonly isBare: boolean;
  /** True if commits are missing, because it is a clone that was made with `--depth`. */
  readonly isShallow: boolean;
}

/** A configuration that includes a device or a pipe keeps git waiting for ever; in ms. */
const ANSWERS_WITHIN = 10_000;

/**
 * Looks at the directory. Throws `InvalidInput` if it is no repository, or one of another user that the user does not trust;
 * `GitHostError` if it cannot be read.
 */
export async function openRepository(directory: string): Promise<LocalRepository> {
  const path = await existingDirectory(directory);
  let answer = await askAbout(path);
  // Few repositories belong to somebody else, so that only these cost another process.
  if (IS_FOREIGN.test(answer.stderr) && trustFoldersOfUser()) answer = await askAbout(path);
  const { stdout, stderr, exitCode } = answer;
  if (exitCode !== 0) throw unusable(directory, path, stderr);
  const [format, isBare, isShallow, ...rest] = stdout.toString('utf8').trimEnd().split('\n');
  if (format !== 'sha1') throw refuse(directory, `uses ${format} object ids; only sha1 repositories are supported`);
  return { path, isBare: isBare === 'true', isShallow: isShallow === 'true', gitDirectory: rest.join('\n') };
}

/** git before 2.35.3 says "unsafe repository". */
const IS_FOREIGN = /dubious ownership|unsafe repository/;

function askAbout(path: string): Promise<GitResult> {
  const flags = ['--show-object-format', '--is-bare-repository', '--is-shallow-repository', '--absolute-git-dir'];
  return runGit(path, ['rev-parse', ...flags], { accept: [128], timeout: ANSWERS_WITHIN });
}

/**
 * Returns a function that opens the repository at its first call, and then returns the same. It throws as `openRepository` does.
 */
export function repositoryOpener(directory: string): () => Promise<LocalRepository> {
  let opened: Promise<LocalRepository> | undefined;
  return () => {
    opened ??= openRepository(directory);
    return opened;
  };
}

function unusable(directory: string, path: string, stderr: string): PipelineError {
  if (/not a git repository/.test(stderr)) {
    return refuse(directory, 'is not a git repository; name its top folder or a bare repository');
  }
  if (IS_FOREIGN.test(stderr)) {
    const trust = `git config --global --add safe.directory ${shellWord(path)}`;
    return refuse(
      directory,
      `belongs to another user, so git does not read it; if you trust its contents, run: ${trust}`,
    );
  }
  return new PipelineError(ERROR_NAMES.gitHost, `the repository ${directory} cannot be read: ${stderr.trim()}`);
}

/**
 * Makes a bare clone of the repository at `from` in `to`, which must not exist. Throws `InvalidInput` if `from` cannot be used or lacks
 * objects, `GitHostError` if git fails.
 */
export async function cloneRepository(from: string, to: string): Promise<void> {
  const { path } = await openRepository(from);
  const isPartial = ['config', '--get-regexp', '^(extensions\\.partialclone|remote\\..*\\.promisor)$'];
  // The program that sends the objects runs in `from`, and a git before 2.39.4 would fetch there what is missing.
  if ((await runGit(path, isPartial, { accept: [1] })).exitCode === 0) {
    throw refuse(from, 'is a partial clone, which lacks files; clone it without --filter, and name that clone');
  }
  const folder = await mkdtemp(join(tmpdir(), 'image-pipeline-clone-'));
  try {
    // That program does not get the options of `git clone`; the check above has answered for the owner of `from`.
    await writeFile(join(folder, 'config'), '[safe]\n\tdirectory = *\n');
    const env = { GIT_ALLOW_PROTOCOL: 'file', GIT_CONFIG_GLOBAL: join(folder, 'config') };
    await runGit('.', ['clone', '--quiet', '--bare', '--no-hardlinks', '--template=', '--', path, to], { env });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function existingDirectory(directory: string): Promise<string> {
  try {
    const path = await realpath(directory);
    if ((await stat(path)).isDirectory()) return path;
  } catch (error) {
    if (!isMissing(error)) {
      const message = `the repository ${directory} cannot be read: ${messageOf(error)}`;
      throw new PipelineError(ERROR_NAMES.gitHost, message, { cause: error });
    }
    throw refuse(directory, 'does not exist');
  }
  throw refuse(directory, 'is not a directory');
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function refuse(directory: string, message: string): InvalidInputError {
  return new InvalidInputError('the repository cannot be used', [{ path: directory, message }]);
}
