/** The history of a repository on disk: pushes, differences between commits, commits that changed a file. */
import type { TreeChange, TreeContent } from '../../../core/compare/compare';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { FileRevision, SourceCommit } from '../../../core/ports/git';
import { checkedObjectId, pathProblem } from '../object-name';
import { treeModeOf } from '../tree';
import { runGit } from './git-command';
import { type LocalRepository, repositoryOpener } from './repository';

/** One step of a branch: a commit on the first-parent line, as a push or a merge made it. */
export interface Push {
  readonly commit: string;
  /** Undefined for a commit without parents, or whose parents a shallow clone does not have. */
  readonly parent?: string;
  /** Committed at, in seconds since 1970. */
  readonly time: number;
  /** First line of the message. */
  readonly subject: string;
}

/** A commit with the author's name and the whole message. */
export interface HistoryCommit {
  readonly commit: string;
  /** Those of a merge are several. */
  readonly parents: readonly string[];
  readonly author: string;
  readonly message: string;
}

/** Two commits to compare. */
export type CommitPair = readonly [from: string, to: string];

/** A revision with its position in the history. */
export interface LocalRevision extends FileRevision {
  /** The revisions that this one was made from; a merge has several. */
  readonly parents: readonly string[];
  /** Committed at, in ms since 1970. */
  readonly committedAt: number;
}

/** Each method runs one git process, whatever the number of commits. */
export interface LocalHistory {
  /** Returns the commits that `until` has and `since` has not, along first parents, oldest first. */
  pushes(since: string, until: string): Promise<readonly Push[]>;
  /** Returns the commits that `until` has and `since` has not, the newest first. */
  commits(since: string, until: string): Promise<readonly HistoryCommit[]>;
  /** Returns the differences between the commits of each pair. Subtrees with equal ids are not entered. */
  changes(pairs: readonly CommitPair[]): Promise<readonly (readonly TreeChange[])[]>;
}

/** Reads the history of the repository at `directory`. Throws `InvalidInput` if it is none, `GitHostError` if git fails. */
export function createLocalHistory(directory: string, repository = repositoryOpener(directory)): LocalHistory {
  return {
    pushes: async (since, until) => {
      const { path } = await repository();
      const format = '--format=%H%x00%P%x00%ct%x00%s%x00';
      const range = [checkedObjectId(until), `^${checkedObjectId(since)}`];
      const args = ['rev-list', '--first-parent', '--reverse', format, ...range, '--'];
      return parseCommits((await runGit(path, args)).stdout).map(({ commit, parents: [parent], time, text }) => ({
        commit,
        ...(parent === undefined ? {} : { parent }),
        time,
        subject: text,
      }));
    },
    commits: async (since, until) => {
      const { path } = await repository();
      const format = '--format=%H%x00%P%x00%ct%x00%an%n%B%x00';
      const args = ['rev-list', '--topo-order', format, checkedObjectId(until), `^${checkedObjectId(since)}`, '--'];
      return parseCommits((await runGit(path, args)).stdout).map(({ commit, parents, text }) => {
        const end = text.indexOf('\n');
        return { commit, parents, author: text.slice(0, end), message: text.slice(end + 1) };
      });
    },
    changes: async (pairs) => {
      if (pairs.length === 0) return [];
      const { path } = await repository();
      const input = pairs.map(([from, to]) => `${checkedObjectId(to)} ${checkedObjectId(from)}\n`).join('');
      const args = ['diff-tree', '--stdin', '--always', '-r', '-z', '--raw', '--no-renames', '--no-abbrev'];
      return parseChanges((await runGit(path, args, { input })).stdout, pairs.length);
    },
  };
}

/** Returns the commits that `until` has and `since` has not, the newest first, each with the paths that it changes; none for a merge. */
export async function readSourceCommits(
  history: LocalHistory,
  since: string,
  until: string,
): Promise<readonly SourceCommit[]> {
  const commits = await history.commits(since, until);
  const single = commits.filter(({ parents }) => parents.length === 1);
  const changes = await history.changes(single.map(({ commit, parents }) => [parents[0] ?? '', commit] as const));
  const paths = new Map(single.map(({ commit }, index) => [commit, (changes[index] ?? []).map(({ path }) => path)]));
  return commits.map((each) => ({ ...each, paths: paths.get(each.commit) ?? [] }));
}

/**
 * Returns the last commits up to `commit` that changed the file, the newest first. A merge that took the file unchanged from one side is
 * left out. Throws `GitHostError` if the commit does not exist.
 */
export async function logFile(
  { path: directory }: LocalRepository,
  commit: string,
  path: string,
  limit: number,
): Promise<readonly LocalRevision[]> {
  checkedObjectId(commit);
  if (pathProblem(path) !== undefined) return [];
  const format = '--format=%H%x00%P%x00%ct%x00%B%x00';
  const args = ['rev-list', '--parents', `--max-count=${limit}`, format, commit, '--', path];
  const commits = parseCommits((await runGit(directory, args)).stdout);
  const ids = await readIds(directory, path, commits);
  return commits.map(({ commit: id, parents, time, text }, index) => {
    const blob = ids[index];
    const revision = { commit: id, parents, committedAt: time * 1000, message: text };
    return blob === undefined ? revision : { ...revision, id: blob };
  });
}

/** A commit as `rev-list` prints it. `time` is in seconds since 1970, `text` its message or a part of it. */
interface PrintedCommit {
  readonly commit: string;
  readonly parents: readonly string[];
  readonly time: number;
  readonly text: string;
}

/** Parses id, parents, time and text of each commit, with a NUL behind each. */
function parseCommits(output: Buffer): readonly PrintedCommit[] {
  const fields = output.toString('utf8').split('\0');
  const commits: PrintedCommit[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [id = '', parents = '', time = '', text = ''] = fields.slice(at, at + 4);
    // git prints a line `commit <id>` before each text, which releases before 2.33 cannot leave out.
    const commit = id.slice(-40);
    commits.push({ commit, parents: parents.split(' ').filter((each) => each !== ''), time: Number(time), text });
  }
  return commits;
}

/** Returns the file's blob at each commit, undefined where it is missing or no file. */
async function readIds(
  directory: string,
  path: string,
  commits: readonly PrintedCommit[],
): Promise<readonly (string | undefined)[]> {
  // `--batch-check` reads a name up to the end of the line.
  if (commits.length === 0 || path.includes('\n')) return [];
  const input = commits.map(({ commit }) => `${commit}:${path}\n`).join('');
  const { stdout } = await runGit(directory, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], { input });
  const lines = stdout.toString('utf8').split('\n');
  return commits.map((_, index) => /^([0-9a-f]{40}) blob$/.exec(lines[index] ?? '')?.[1]);
}

/** Parses `<commit>\0` and, for each difference, `:<mode> <mode> <id> <id> <letter>\0<path>\0`. */
function parseChanges(output: Buffer, pairs: number): readonly (readonly TreeChange[])[] {
  const lists: TreeChange[][] = [];
  const fields = output.toString('utf8').split('\0');
  for (let at = 0; at < fields.length - 1; ) {
    const field = fields[at] ?? '';
    if (field.startsWith(':')) {
      lists.at(-1)?.push(parseChange(field, fields[at + 1] ?? ''));
      at += 2;
    } else {
      lists.push([]);
      at += 1;
    }
  }
  if (lists.length === pairs) return lists;
  throw new PipelineError(ERROR_NAMES.gitHost, `git compared ${lists.length} pairs of commits, not ${pairs}`);
}

function parseChange(field: string, path: string): TreeChange {
  const [before = '', after = '', beforeId = '', afterId = ''] = field.slice(1).split(' ');
  const old = contentOf(before, beforeId, path);
  const now = contentOf(after, afterId, path);
  return { path, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) };
}

function contentOf(mode: string, id: string, path: string): TreeContent | undefined {
  return mode === '000000' ? undefined : { mode: treeModeOf(mode, path), id };
}
