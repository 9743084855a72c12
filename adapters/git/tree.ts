/** Trees: of an unpacked source folder, as git would store it, and of the listings that git prints. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import pLimit, { type LimitFunction } from 'p-limit';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { TreeEntry, TreeMode } from '../../core/ports/git';

/** Files read at a time: enough to keep a disk busy, far below any limit on open files. */
const FILES_AT_ONCE = 32;

/** Larger files are hashed as they are read. */
const READ_WHOLE_BYTES = 16 * 1024 * 1024;

/** The id of a submodule. A folder does not have the commit of its submodules. */
const UNKNOWN_ID = '0'.repeat(40);

/**
 * Returns every file below the directory with its git mode and blob id, sorted by path in byte order. A build job recomputes its input digest
 * from them. Symbolic links are read, not followed. An empty folder is listed as a submodule with an id of forty zeros, because a source
 * archive has empty folders only for submodules. Throws `GitHostError` for what cannot be read or is not a file.
 */
export async function readDirectoryTree(directory: string): Promise<readonly TreeEntry[]> {
  const limit = pLimit(FILES_AT_ONCE);
  try {
    const entries = await readFolder(directory, '', limit);
    return entries.sort(byPathBytes);
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    throw unreadableFolder(directory, messageOf(error), error);
  }
}

/** Returns the contents of these ids; `entries` are the result of `readDirectoryTree`. Throws `GitHostError`. */
export async function readDirectoryBlobs(
  directory: string,
  entries: readonly TreeEntry[],
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const limit = pLimit(FILES_AT_ONCE);
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const blobs = [...new Set(ids)].map((id) =>
    limit(async (): Promise<[string, Buffer]> => {
      const entry = byId.get(id);
      if (entry === undefined) throw unreadableFolder(directory, `it has no file with the blob id ${id}`);
      const content = await contentOf(join(directory, entry.path), entry.mode);
      if (blobId(content) !== id) throw unreadableFolder(directory, `${entry.path} changed while it was read`);
      return [id, content];
    }),
  );
  return new Map(await Promise.all(blobs));
}

/** Returns git's id of a blob: sha1 over `blob <size>`, NUL, and the content. */
export function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

async function readFolder(directory: string, folder: string, limit: LimitFunction): Promise<TreeEntry[]> {
  const found = await limit(() => readdir(join(directory, folder), { withFileTypes: true }));
  if (found.length === 0 && folder !== '') return [{ path: folder, mode: '160000', id: UNKNOWN_ID }];
  const entries = found.map((entry): Promise<TreeEntry[]> => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return readFolder(directory, path, limit);
    return limit(async () => [await readEntry(directory, path)]);
  });
  return (await Promise.all(entries)).flat();
}

async function readEntry(directory: string, path: string): Promise<TreeEntry> {
  const file = join(directory, path);
  const found = await lstat(file);
  if (found.isSymbolicLink()) return { path, mode: '120000', id: blobId(await contentOf(file, '120000')) };
  if (!found.isFile()) throw unreadableFolder(directory, `${path} is neither a file, a folder nor a symbolic link`);
  const mode = (found.mode & 0o100) === 0 ? '100644' : '100755';
  if (found.size <= READ_WHOLE_BYTES) return { path, mode, id: blobId(await readFile(file)) };
  return { path, mode, id: await largeBlobId(file, found.size) };
}

async function largeBlobId(file: string, size: number): Promise<string> {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

function contentOf(file: string, mode: TreeEntry['mode']): Promise<Buffer> {
  return mode === '120000' ? readlink(file, { encoding: 'buffer' }) : readFile(file);
}

function unreadableFolder(directory: string, reason: string, cause?: unknown): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `the source folder ${directory} cannot be read: ${reason}`, { cause });
}

/** Compares two entries by the UTF-8 bytes of their paths, as git sorts them. JavaScript's own order differs beyond U+D7FF. */
export function byPathBytes(one: { readonly path: string }, other: { readonly path: string }): number {
  const a = one.path;
  const b = other.path;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates encode code points above U+FFFF, so they sort after U+E000..U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

const MODES: Readonly<Record<string, TreeMode>> = {
  '100644': '100644',
  '100755': '100755',
  '120000': '120000',
  '160000': '160000',
  // Very old commits have this mode, which git treats as 100644.
  '100664': '100644',
};

/** One line of `git ls-tree -z`: a file, or (with `-t`) a folder. */
export interface ListedEntry {
  readonly path: string;
  readonly mode: string;
  readonly id: string;
}

/** About 10,000 files. */
const LARGE_LISTING_BYTES = 1_000_000;

/**
 * Returns the files of a listing, sorted by path in byte order. It is parsed as its pieces come, because that of a million files has 100 MB.
 * Bytes that are not UTF-8 become replacement characters, as on git hosts. Throws `GitHostError` if two files then have the same name.
 */
export async function parseTree(listing: AsyncIterable<Buffer>): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const add = (lines: Buffer) =>
    readListing(lines, (path, mode, id) => entries.push({ path, mode: treeModeOf(mode, path), id }));
  let rest: Buffer = Buffer.alloc(0);
  let read = 0;
  for await (const piece of listing) {
    read += piece.length;
    if (read > LARGE_LISTING_BYTES) keepYoungGenerationSmall();
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(0) + 1;
    add(bytes.subarray(0, end));
    rest = bytes.subarray(end);
  }
  add(rest);
  return distinctPaths(entries);
}

/**
 * V8 makes room for new objects as more of them survive, on Node 24 up to 96 MiB. The entries of a large tree all survive, so that the room
 * saves little time. Node has no other way to limit it in a running process; V8 reads this flag at each collection (`SemiSpaceNewSpace::Grow`).
 */
function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Returns a file's mode. Throws `GitHostError` for an unknown one. */
export function treeModeOf(mode: string, path: string): TreeMode {
  const known = MODES[mode];
  if (known === undefined) throw unreadableEntry(path, `has mode ${mode}`);
  return known;
}

/**
 * Returns the entries in git's order, sorted again if replacement characters changed it. Throws `GitHostError` if two have the same path.
 */
export function distinctPaths(entries: TreeEntry[]): readonly TreeEntry[] {
  if (!entries.some(({ path }) => path.includes('\ufffd'))) return entries;
  entries.sort(byPathBytes);
  const duplicate = entries.find((entry, index) => entry.path === entries[index + 1]?.path);
  if (duplicate !== undefined) {
    throw unreadableEntry(duplicate.path, 'has the same name as another file, because their names are not UTF-8');
  }
  return entries;
}

/** Takes every line of a listing (`<mode> <type> <id>\t<path>\0`), folders included. */
export function readListing(listing: Buffer, take: (path: string, mode: string, id: string) => void): void {
  // One character a byte: searching a text is faster than searching bytes. A slice of it would keep all of it in memory.
  const bytes = listing.toString('latin1');
  let at = 0;
  while (at < listing.length) {
    const end = bytes.indexOf('\0', at);
    const tab = bytes.indexOf('\t', at);
    if (end < 0 || tab < 0 || tab > end) throw unreadableEntry('?', 'is listed in an unknown form');
    const path = listing.toString('utf8', tab + 1, end);
    take(path, bytes.slice(at, at + 6), listing.toString('latin1', tab - 40, tab));
    at = end + 1;
  }
}

function unreadableEntry(path: string, reason: string): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `the commit's tree cannot be read: '${path}' ${reason}`);
}
