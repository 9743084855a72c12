/** How a repository on disk came about: its pushes, and what differs between commits. Each is one git process however many. */

import type { TreeChange, TreeContent } from '../../../core/compare/compare';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { TreeMode } from '../../../core/ports/git';
import { isObjectId } from '../object-name';
import { runGit } from './git-command';
import { openRepository } from './repository';

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

/** Two commits to compare. */
export type CommitPair = readonly [from: string, to: string];

export interface LocalHistory {
  /** The commits that `until` has and `since` has not, along first parents, oldest first. */
  pushes(since: string, until: string): Promise<readonly Push[]>;
  /** What differs between the commits of each pair. Subtrees with equal ids are not entered. */
  changes(pairs: readonly CommitPair[]): Promise<readonly (readonly TreeChange[])[]>;
}

/** Reads the history of the repository at `directory`. Throws `InvalidInput` if it is none, `GitHostError` if git fails. */
export function createLocalHistory(directory: string): LocalHistory {
  return {
    pushes: async (since, until) => {
      const { path } = await openRepository(directory);
      const format = '--format=%H%x00%P%x00%ct%x00%s%x00';
      const range = [checked(until), `^${checked(since)}`];
      const args = ['rev-list', '--first-parent', '--reverse', format, ...range, '--'];
      return parsePushes((await runGit(path, args)).stdout.toString('utf8'));
    },
    changes: async (pairs) => {
      if (pairs.length === 0) return [];
      const { path } = await openRepository(directory);
      const input = pairs.map(([from, to]) => `${checked(to)} ${checked(from)}\n`).join('');
      const args = ['diff-tree', '--stdin', '--always', '-r', '-z', '--raw', '--no-renames', '--no-abbrev'];
      return parseChanges((await runGit(path, args, { input })).stdout, pairs);
    },
  };
}

function parsePushes(text: string): readonly Push[] {
  const fields = text.split('\0');
  const pushes: Push[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [commit = '', parents = '', time = '', subject = ''] = fields.slice(at, at + 4);
    const [parent = ''] = parents.split(' ');
    pushes.push({
      // Before each text git prints a line `commit <id>`, which releases before 2.33 cannot leave out.
      commit: commit.slice(-40),
      ...(parent === '' ? {} : { parent }),
      time: Number(time),
      subject,
    });
  }
  return pushes;
}

/** Parses `<commit>\0` and, for each difference, `:<mode> <mode> <id> <id> <letter>\0<path>\0`. */
function parseChanges(output: Buffer, pairs: readonly CommitPair[]): readonly (readonly TreeChange[])[] {
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
  if (lists.length === pairs.length) return lists;
  throw new PipelineError(ERROR_NAMES.gitHost, `git compared ${lists.length} pairs of commits, not ${pairs.length}`);
}

function parseChange(field: string, path: string): TreeChange {
  const [before = '', after = '', beforeId = '', afterId = ''] = field.slice(1).split(' ');
  const old = contentOf(before, beforeId, path);
  const now = contentOf(after, afterId, path);
  return { path, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) };
}

/** Very old commits have mode 100664, which git itself takes for 100644. */
const MODES: Readonly<Record<string, TreeMode>> = {
  '100644': '100644',
  '100664': '100644',
  '100755': '100755',
  '120000': '120000',
  '160000': '160000',
};

function contentOf(mode: string, id: string, path: string): TreeContent | undefined {
  if (mode === '000000') return undefined;
  const known = MODES[mode];
  if (known !== undefined) return { mode: known, id };
  throw new PipelineError(ERROR_NAMES.gitHost, `the commit's tree cannot be read: '${path}' has mode ${mode}`);
}

function checked(id: string): string {
  if (isObjectId(id)) return id;
  throw new PipelineError(ERROR_NAMES.gitHost, `'${id.slice(0, 80)}' is not an object id of 40 hex digits`);
}
