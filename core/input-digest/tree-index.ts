/**
 * A commit's tree as a sorted list with binary search. A folder is a range of the list, so that a million files need no object per folder.
 */
import type { TreeEntry } from '../ports/git';

/** All entries, sorted by path as JavaScript compares strings. */
export interface TreeIndex {
  readonly entries: readonly TreeEntry[];
}

/** Positions in `entries`, from `start` to before `end`. */
export interface TreeRange {
  readonly start: number;
  readonly end: number;
}

/** Indexes a tree. A list that is already sorted is not copied. */
export function indexTree(entries: readonly TreeEntry[]): TreeIndex {
  const isSorted = entries.every((entry, at) => at === 0 || pathAt(entries, at - 1) < entry.path);
  const sorted = isSorted ? entries : [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { entries: sorted };
}

/** Returns the entry with this path; undefined if there is none or if it is a folder. */
export function findEntry(tree: TreeIndex, path: string): TreeEntry | undefined {
  const entry = tree.entries[positionOf(tree, path)];
  return entry?.path === path ? entry : undefined;
}

/** Returns the position of the first entry whose path is not before the given one. */
export function positionOf(tree: TreeIndex, path: string, within?: TreeRange): number {
  let low = within?.start ?? 0;
  let high = within?.end ?? tree.entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (pathAt(tree.entries, middle) < path) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the range of all entries below a folder; `''` is the root. It is empty if there is no such folder. */
export function folderRange(tree: TreeIndex, folder: string, within?: TreeRange): TreeRange {
  if (folder === '') return { start: 0, end: tree.entries.length };
  const start = positionOf(tree, `${folder}/`, within);
  // '0' is the character after '/'.
  return { start, end: positionOf(tree, `${folder}0`, { start, end: within?.end ?? tree.entries.length }) };
}

/** Returns the symlinks in any of the folders. */
export function linksIn(tree: TreeIndex, folders: readonly string[]): readonly TreeEntry[] {
  const starts = folders.includes('') ? [''] : folders.map((folder) => `${folder}/`);
  return tree.entries.filter(({ mode, path }) => mode === '120000' && starts.some((start) => path.startsWith(start)));
}

/** Joins a folder and a path in it; `''` is the root. */
export function joinPath(folder: string, path: string): string {
  if (folder === '' || path === '') return folder + path;
  return `${folder}/${path}`;
}

/** Returns the folder of a path; `''` at the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Returns the number of characters that a path in the folder has before its relative path. */
export function lengthWithSlash(folder: string): number {
  return folder === '' ? 0 : folder.length + 1;
}

function pathAt(entries: readonly TreeEntry[], at: number): string {
  return entries[at]?.path ?? '';
}

/** Yields the positions one by one. */
export function* eachPosition(positions: TreeRange | Uint32Array): Iterable<number> {
  if (positions instanceof Uint32Array) yield* positions;
  else for (let at = positions.start; at < positions.end; at++) yield at;
}
