/**
 * The canonical list of a service's inputs and its digest. A record is a list of texts. Each text is written with its length in front (a
 * netstring), so that two different lists never have the same bytes.
 */
import { createHash, type Hash, hash as hashAtOnce } from 'node:crypto';
import type { TreeEntry } from '../ports/git';
import type { VisibleFiles } from './build-context';
import { lengthWithSlash, type TreeIndex, type TreeRange } from './tree-index';

/** The name of the format is part of every list, so that a new format gives new digests. */
const FORMAT = 'inputs-v1';

/** The number of characters that are hashed at once. */
const CHUNK = 1 << 16;

/** Returns the SHA-256 over the records in the given order, as 64 hex digits. */
export function digestOf(records: Iterable<readonly string[]>): string {
  const hash = new RecordHash();
  for (const record of records) hash.add(`${record.length};${record.map(netstring).join('')}`);
  return hash.digest();
}

/** Hashes many short texts, some of them at once. */
class RecordHash {
  private hash: Hash | undefined;
  private chunk = '';

  add(record: string): void {
    this.chunk += record;
    if (this.chunk.length < CHUNK) return;
    this.hash ??= createHash('sha256');
    this.hash.update(this.chunk);
    this.chunk = '';
  }

  digest(): string {
    // Most lists are short: an object of their own for each takes longer than the hash.
    return this.hash === undefined ? hashAtOnce('sha256', this.chunk) : this.hash.update(this.chunk).digest('hex');
  }
}

function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}

/** Returns the input digest: the first 40 hex digits of the SHA-256 over the sorted records, each counted once. */
export function inputDigestOf(records: readonly (readonly string[])[]): string {
  const unique = new Map(records.map((record) => [JSON.stringify(record), record]));
  const sorted = [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  return digestOf([[FORMAT], ...sorted]).slice(0, 40);
}

const SUBMODULE = '160000';

/** The files that one source of an instruction takes from the tree. Services can share a slice. */
export interface InputSlice {
  /** Positions in the tree, ascending. */
  readonly positions: TreeRange | Uint32Array;
  readonly emptyFolders: readonly string[];
  /** The files and empty folders that only some releases of Docker send, as paths within the context. */
  readonly disputed: readonly string[];
  /** True if a submodule is among the entries. */
  readonly hasSubmodule: boolean;
  /** The record of the slice in the canonical list. */
  readonly record: readonly string[];
}

/** Returns the slice of a single entry. `path` is its path in the context. */
export function fileSlice(entry: TreeEntry, position: number, path: string, isDisputed: boolean): InputSlice {
  return {
    positions: { start: position, end: position + 1 },
    emptyFolders: [],
    disputed: isDisputed ? [path] : [],
    hasSubmodule: entry.mode === SUBMODULE,
    record: ['file', path, entry.mode, entry.id],
  };
}

/** Returns the slice of many entries. Their paths count relative to `root`, a folder of the repository, as `folder` is. */
export function folderSlice(tree: TreeIndex, root: string, folder: string, files: VisibleFiles): InputSlice {
  const skip = lengthWithSlash(root);
  const entries = entriesAt(tree, files.positions);
  const hash = new RecordHash();
  // The most frequent record of all, written without a list. Mode and id are ASCII.
  for (const { path, mode, id } of entries) {
    hash.add(`3;${netstring(path.slice(skip))}${mode.length}:${mode},${id.length}:${id},`);
  }
  for (const path of files.emptyFolders) hash.add(`3;${netstring(path)}6:folder,0:,`);
  return {
    ...files,
    hasSubmodule: entries.some(({ mode }) => mode === SUBMODULE),
    record: ['folder', folder, hash.digest()],
  };
}

/** Returns the entries at the positions, in order. */
export function entriesAt(tree: TreeIndex, positions: TreeRange | Uint32Array): readonly TreeEntry[] {
  if (!(positions instanceof Uint32Array)) return tree.entries.slice(positions.start, positions.end);
  return Array.from(positions, (position) => tree.entries[position]).filter((entry) => entry !== undefined);
}

/** Returns true if the slice has an entry in the range. */
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
