/** The history of a repository over git's own protocol: fetched from the newest commit on, as deep as a question needs. */
import type { FileRevision } from '../../../core/ports/git';
import { HttpError } from '../../http/http-error';
import type { HistoryContent, WireClient } from './client';
import { type Commit, type GitObjects, parseCommitObject } from './objects';
import { entryAt, snapshotOf } from './snapshot';

export interface WireHistory {
  /** Returns true if `ancestor` is `descendant` or one of its ancestors, false if either is unknown. */
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Returns the only commit behind the heads whose id begins so; undefined if there is none or several. */
  find(heads: readonly string[], prefix: string): Promise<string | undefined>;
  /** Returns the last commits up to `commit` that changed the file, the newest first, at most `limit`. */
  log(commit: string, path: string, limit: number): Promise<readonly FileRevision[]>;
}

/** The first depth; each further one is that many times deeper. */
const FIRST_DEPTH = 64;
const DEEPER = 8;

/** Creates the reader, without a request. Its calls throw `GitHostError`. */
export function createHistory(client: Pick<WireClient, 'fetchHistory'>): WireHistory {
  /** Fetches deeper and deeper until `answer` returns something else than 'deeper'. Undefined if a commit is unknown. */
  async function ask<Answer>(
    commits: readonly string[],
    content: HistoryContent,
    answer: (objects: GitObjects, isWhole: boolean) => Answer | 'deeper',
  ): Promise<Answer | undefined> {
    for (let depth = FIRST_DEPTH; ; depth *= DEEPER) {
      const objects = await client.fetchHistory(commits, depth, content).catch(noneIfUnknown);
      if (objects === undefined) return undefined;
      const found = answer(objects, isWhole(objects));
      if (found !== 'deeper') return found;
    }
  }

  return {
    isAncestor: async (ancestor, descendant) => {
      if (![ancestor, descendant].every((id) => /^[0-9a-f]{40}$/.test(id))) return false;
      const found = await ask([descendant], 'commits', (objects, whole) =>
        objects.has(ancestor) ? true : whole ? false : 'deeper',
      );
      return found ?? false;
    },
    find: async (heads, prefix) => {
      if (heads.length === 0) return undefined;
      // Only the whole history tells whether the abbreviation is of one commit.
      const ids = await ask(heads, 'commits', (objects, whole) => (whole ? [...objects.keys()] : 'deeper'));
      const found = (ids ?? []).filter((id) => id.startsWith(prefix));
      return found.length === 1 ? found[0] : undefined;
    },
    log: async (commit, path, limit) => {
      if (limit <= 0) return [];
      return (await ask([commit], 'trees', (objects) => revisions(objects, commit, path, limit))) ?? [];
    },
  };
}

/** An error of git about an unknown commit; a temporary failure is thrown. */
function noneIfUnknown(error: unknown): undefined {
  if (error instanceof HttpError && !error.isRetryable) return undefined;
  throw error;
}

function isWhole(objects: GitObjects): boolean {
  return [...objects].every(
    ([id, object]) =>
      object.type !== 'commit' || parseCommitObject(object, id).parents.every((each) => objects.has(each)),
  );
}

/**
 * Walks the history as `git log -- path` does: the newest commit first; a merge that took the file unchanged from one side is left out, and
 * only that side is followed. 'deeper' if a parent is needed that was not fetched.
 */
function revisions(
  objects: GitObjects,
  first: string,
  path: string,
  limit: number,
): readonly FileRevision[] | 'deeper' {
  const fileAt = (id: string) => {
    const entry = entryAt(snapshotOf(id, objects), path);
    return entry === undefined ? undefined : `${entry.mode} ${entry.id}`;
  };
  const found: FileRevision[] = [];
  const seen = new Set([first]);
  const waiting: (Commit & { readonly id: string })[] = [
    { id: first, ...parseCommitObject(objects.get(first), first) },
  ];
  while (waiting.length > 0 && found.length < limit) {
    const commit = waiting.shift();
    if (commit === undefined) break;
    if (!commit.parents.every((parent) => objects.has(parent))) return 'deeper';
    const now = fileAt(commit.id);
    const same = commit.parents.find((parent) => fileAt(parent) === now);
    const isChange = commit.parents.length === 0 ? now !== undefined : same === undefined;
    if (isChange) {
      const id = now?.startsWith('100') ? now.slice(-40) : undefined;
      found.push({ commit: commit.id, message: commit.message, ...(id === undefined ? {} : { id }) });
    }
    for (const parent of same === undefined ? commit.parents : [same]) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      const next = { id: parent, ...parseCommitObject(objects.get(parent), parent) };
      const at = waiting.findIndex(({ committedAt }) => committedAt < next.committedAt);
      waiting.splice(at < 0 ? waiting.length : at, 0, next);
    }
  }
  return found;
}
