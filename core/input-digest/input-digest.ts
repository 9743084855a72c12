/**
 * The canonical list and its digest. A record is a list of texts, each written with its length in front (a netstring), so that
 * no text, whatever is in it, can be taken for another list.
 */
import { createHash } from 'node:crypto';
import type { TreeEntry } from '../ports/git';
import type { VisibleFiles } from './build-context';
import { lengthWithSlash, type TreeIndex, type TreeRange } from './tree-index';

/** Part of every list: a new format gives new digests. */
const FORMAT = 'inputs-v1';

const CHUNK = 1 << 16;

/** sha256 over the records in the given order, 64 hex digits. */
export function digestOf(records: Iterable<readonly string[]>): string {
  const hash = createHash('sha256');
  let chunk = '';
  for (const record of records) {
    chunk += `${record.length};`;
    for (const text of record) chunk += `${Buffer.byteLength(text)}:${text},`;
    if (chunk.length < CHUNK) continue;
    hash.update(chunk);
    chunk = '';
  }
  return hash.update(chunk).digest('hex');
}

/** The input digest of a list: sorted, each record once, sha256, first 40 hex digits. The order of the records does not matter. */
export function inputDigestOf(records: readonly (readonly string[])[]): string {
  const unique = new Map(records.map((record) => [JSON.stringify(record), record]));
  const sorted = [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  return digestOf([[FORMAT], ...sorted]).slice(0, 40);
}

// What one source of an instruction takes from the tree: a file, or a folder with all that is visible in it.

const SUBMODULE = '160000';

/** A part of a service's inputs that can be shared with other services. */
export interface InputSlice {
  /** Positions in the tree, ascending. */
  readonly positions: TreeRange | Uint32Array;
  readonly emptyFolders: readonly string[];
  /** Files that not all releases of Docker send; paths within the context. */
  readonly disputed: readonly string[];
  /** True if a submodule is among the entries. */
  readonly hasSubmodule: boolean;
  /** What stands for the slice in the canonical list. */
  readonly record: readonly string[];
}

/** A slice of a single entry; `path` is how the build sees it. */
export function fileSlice(entry: TreeEntry, position: number, path: string, isDisputed: boolean): InputSlice {
  return {
    positions: { start: position, end: position + 1 },
    emptyFolders: [],
    disputed: isDisputed ? [path] : [],
    hasSubmodule: entry.mode === SUBMODULE,
    record: ['file', path, entry.mode, entry.id],
  };
}

/** A slice of many entries. `folder` and the entries' paths are taken relative to `root`, a folder of the repository. */
export function folderSlice(tree: TreeIndex, root: string, folder: string, files: VisibleFiles): InputSlice {
  const skip = lengthWithSlash(root);
  const entries = entriesAt(tree, files.positions);
  const records = function* () {
    for (const { path, mode, id } of entries) yield [path.slice(skip), mode, id];
    for (const path of files.emptyFolders) yield [path, 'folder', ''];
  };
  return {
    ...files,
    hasSubmodule: entries.some(({ mode }) => mode === SUBMODULE),
    record: ['folder', folder, digestOf(records())],
  };
}

/** The positions one by one. */
export function* eachPosition(positions: TreeRange | Uint32Array): Iterable<number> {
  if (positions instanceof Uint32Array) yield* positions;
  else for (let at = positions.start; at < positions.end; at++) yield at;
}

/** The entries at the positions, in order. */
export function entriesAt(tree: TreeIndex, positions: TreeRange | Uint32Array): readonly TreeEntry[] {
  if (!(positions instanceof Uint32Array)) return tree.entries.slice(positions.start, positions.end);
  return Array.from(positions, (position) => tree.entries[position]).filter((entry) => entry !== undefined);
}

/** True if the slice has an entry in the range. */
export function touches({ positions }: InputSlice, range: TreeRange): boolean {
  if (!(positions instanceof Uint32Array)) return positions.start < range.end && range.start < positions.end;
  const at = firstNotBefore(positions, range.start);
  const found = positions[at];
  return found !== undefined && found < range.end;
}

function firstNotBefore(positions: Uint32Array, wanted: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((positions[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
