/** Reads the changes of a file's lines along a branch, and the authors of commits. Each takes one git process for any number of commits. */
import { checkedObjectId, pathProblem } from '../object-name';
import { runGit } from './git-command';
import { openRepository } from './repository';

/** A commit that changed the file, with the lines that it added. `at` is in ms since 1970. */
export interface LineChange {
  readonly commit: string;
  readonly at: number;
  readonly message: string;
  readonly added: readonly string[];
}

/** A commit's author. `at` is when it was committed, in ms since 1970. */
export interface Authorship {
  readonly author: string;
  readonly at: number;
}

/** Returns the last commits on the first-parent line of `head` that changed the file, the newest first, at most `limit`. */
export async function readLineHistory(
  directory: string,
  head: string,
  path: string,
  limit: number,
): Promise<readonly LineChange[]> {
  const problem = pathProblem(path);
  if (problem !== undefined) return [];
  const repository = await openRepository(directory);
  const format = '--format=%x00%H%x00%ct%x00%B%x00';
  const diff = ['-m', '--first-parent', '-p', '-U0', '--no-ext-diff', '--no-textconv', '--no-color', '--no-renames'];
  const args = ['log', ...diff, format, `--max-count=${limit}`, checkedObjectId(head), '--', path];
  const fields = (await runGit(repository.path, args)).stdout.toString('utf8').split('\0');
  const changes: LineChange[] = [];
  for (let at = 1; at + 3 < fields.length; at += 4) {
    const [commit = '', time = '', message = '', patch = ''] = fields.slice(at, at + 4);
    changes.push({ commit, at: Number(time) * 1000, message, added: addedLines(patch) });
  }
  return changes;
}

function addedLines(patch: string): readonly string[] {
  return patch
    .split('\n')
    .filter((line) => line.startsWith('+') && !line.startsWith('+++ '))
    .map((line) => line.slice(1));
}

/** Returns the authors of the newest commits of all branches by commit, at most `limit`. */
export async function readAuthors(directory: string, limit: number): Promise<ReadonlyMap<string, Authorship>> {
  const { path } = await openRepository(directory);
  const args = ['log', '--branches', '--remotes', `--max-count=${limit}`, '--format=%H%x00%ct%x00%an'];
  const lines = (await runGit(path, args)).stdout.toString('utf8').split('\n');
  const names = new Map<string, string>();
  return new Map(
    lines.flatMap((line) => {
      const [commit = '', time = '', name = ''] = line.split('\0');
      if (commit === '') return [];
      // One copy of each name is kept.
      const author = names.get(name) ?? name;
      names.set(name, author);
      return [[commit, { author, at: Number(time) * 1000 }] as const];
    }),
  );
}

/** Returns the heads of all branches by name. A remote's branch counts where it is newer known than the own one: `origin/main` is `main`. */
export async function readHeads(directory: string): Promise<ReadonlyMap<string, string>> {
  const { path } = await openRepository(directory);
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/', 'refs/remotes/origin/'];
  const lines = (await runGit(path, args)).stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  // Those of the remote come last and win: a person's own branch may be behind what the pipeline works on.
  return new Map(
    lines
      .map((line) => [line.slice(41), line.slice(0, 40)] as const)
      .filter(([name]) => name !== 'refs/remotes/origin/HEAD')
      .map(([name, commit]) => [name.replace(/^refs\/(heads|remotes\/origin)\//, ''), commit] as const),
  );
}

/** Returns the commit that is so many steps before the head on its first-parent line, or the oldest one; undefined if the head is it. */
export async function readEarlierCommit(directory: string, head: string, steps: number): Promise<string | undefined> {
  const { path } = await openRepository(directory);
  const args = ['rev-list', '--first-parent', `--max-count=${steps + 1}`, checkedObjectId(head), '--'];
  const commits = (await runGit(path, args)).stdout.toString('utf8').trim().split('\n');
  const last = commits.at(-1);
  return last === undefined || last === head ? undefined : last;
}
