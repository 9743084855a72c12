/** Which commits of a repository on disk changed a file, by two git processes however many there are. */
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { FileRevision } from '../../../core/ports/git';
import { isObjectId, pathProblem } from '../object-name';
import { runGit } from './git-command';
import type { LocalRepository } from './repository';

/** A revision with its place in history. */
export interface LocalRevision extends FileRevision {
  /** The revisions that this one was made from; those of a merge are several. */
  readonly parents: readonly string[];
  /** Committed at, in ms since 1970. */
  readonly committedAt: number;
}

/**
 * The last commits up to `commit` that changed the file, the newest first. A merge that took the file over as it was on one side is
 * none of them. Throws `GitHostError` if the commit is not there.
 */
export async function logFile(
  repository: LocalRepository,
  commit: string,
  path: string,
  limit: number,
): Promise<readonly LocalRevision[]> {
  if (!isObjectId(commit)) {
    throw new PipelineError(ERROR_NAMES.gitHost, `'${commit.slice(0, 80)}' is not an object id of 40 hex digits`);
  }
  if (pathProblem(path) !== undefined) return [];
  const format = '--format=%H%x00%P%x00%ct%x00%B%x00';
  const args = ['rev-list', '--parents', `--max-count=${limit}`, format, commit, '--', path];
  const revisions = parseRevisions((await runGit(repository.path, args)).stdout.toString('utf8'));
  const ids = await readIds(repository, path, revisions);
  return revisions.map((revision, index) => {
    const id = ids[index];
    return id === undefined ? revision : { ...revision, id };
  });
}

/** Before each text git prints a line `commit <id> <parents>`, so that an id stands at the end of its field. */
function parseRevisions(text: string): readonly Omit<LocalRevision, 'id'>[] {
  const fields = text.split('\0');
  const revisions: Omit<LocalRevision, 'id'>[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [head = '', parents = '', time = '', message = ''] = fields.slice(at, at + 4);
    revisions.push({
      commit: head.slice(-40),
      parents: parents.split(' ').filter((parent) => parent !== ''),
      committedAt: Number(time) * 1000,
      message,
    });
  }
  return revisions;
}

/** The file's blob at each commit, undefined where it is missing or no file. */
async function readIds(
  { path: directory }: LocalRepository,
  path: string,
  revisions: readonly { readonly commit: string }[],
): Promise<readonly (string | undefined)[]> {
  // `--batch-check` reads a name up to the end of the line.
  if (revisions.length === 0 || path.includes('\n')) return [];
  const input = revisions.map(({ commit }) => `${commit}:${path}\n`).join('');
  const { stdout } = await runGit(directory, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], { input });
  const lines = stdout.toString('utf8').split('\n');
  return revisions.map((_, index) => /^([0-9a-f]{40}) blob$/.exec(lines[index] ?? '')?.[1]);
}
