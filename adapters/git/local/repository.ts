/** Finds out once whether a directory is a git repository, before any other command runs in it. */
import { realpath, stat } from 'node:fs/promises';
import { ERROR_NAMES, InvalidInputError, messageOf, PipelineError } from '../../../core/contract/errors';
import { runGit } from './git-command';

/** A repository on disk, bare or with a work tree. */
export interface LocalRepository {
  /** Where commands run: the directory that was given, symbolic links resolved. */
  readonly path: string;
  readonly gitDirectory: string;
  readonly bare: boolean;
}

/** Looks at the directory. Throws `InvalidInput` if it is no repository that can be read, `GitHostError` if it may not be read. */
export async function openRepository(directory: string): Promise<LocalRepository> {
  const path = await existingDirectory(directory);
  const args = ['rev-parse', '--show-object-format', '--is-bare-repository', '--absolute-git-dir'];
  const { stdout, stderr, exitCode } = await runGit(path, args, { accept: [128] });
  if (exitCode !== 0) {
    if (/not a git repository/.test(stderr)) {
      throw refuse(directory, 'is not a git repository; name its top folder or a bare repository');
    }
    throw new PipelineError(ERROR_NAMES.gitHost, `the repository ${directory} cannot be read: ${stderr.trim()}`);
  }
  const [format, bare, ...rest] = stdout.toString('utf8').trimEnd().split('\n');
  if (format !== 'sha1') throw refuse(directory, `uses ${format} object ids; only sha1 repositories are supported`);
  return { path, bare: bare === 'true', gitDirectory: rest.join('\n') };
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
