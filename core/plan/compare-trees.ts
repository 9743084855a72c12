/** The difference between two trees, and how to get one tree out of the other without listing it. */
import type { TreeEntry, TreeMode } from '../ports';

/** What a path holds: git's mode and object id. */
export interface TreeContent {
  readonly mode: TreeMode;
  readonly id: string;
}

/** A path that differs between two trees. `before` or `after` is missing where the path is not there. */
export interface TreeChange {
  readonly path: string;
  readonly before?: TreeContent;
  readonly after?: TreeContent;
}

/** The tree after the changes. Entries that did not change are the same objects, so a million files cost little. */
export function applyChanges(entries: readonly TreeEntry[], changes: readonly TreeChange[]): readonly TreeEntry[] {
  if (changes.length === 0) return entries;
  const changed = new Map(changes.map((change) => [change.path, change]));
  const added = changes
    .flatMap(({ path, after }) => (after === undefined ? [] : [{ path, ...after }]))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const result: TreeEntry[] = [];
  let next = 0;
  for (const entry of entries) {
    for (let other = added[next]; other !== undefined && other.path <= entry.path; other = added[next]) {
      result.push(other);
      next++;
    }
    if (!changed.has(entry.path)) result.push(entry);
  }
  for (const other of added.slice(next)) result.push(other);
  return result;
}

/** The changes that lead back. */
export function reverseChanges(changes: readonly TreeChange[]): readonly TreeChange[] {
  return changes.map(({ path, before, after }) => ({
    path,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
  }));
}
