/** Reads an unpacked source folder as git would have it, so that a build job can recompute the input digest of what it has. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit, { type LimitFunction } from 'p-limit';
import { ERROR_NAMES } from '../../core/contract';
import { messageOf, PipelineError } from '../../core/errors';
import type { TreeEntry } from '../../core/ports';
import { byPathBytes } from './path-order';

/** Files read at a time: enough to keep a disk busy, far below any limit on open files. */
const FILES_AT_ONCE = 32;
/** Larger files are hashed as they are read. */
const READ_WHOLE_BYTES = 16 * 1024 * 1024;
/** The id of a submodule here: which commit it stands for cannot be seen in a folder. */
const UNKNOWN_ID = '0'.repeat(40);

/**
 * Every file below the directory with its git mode and blob id, sorted by path in byte order. Symbolic links are read, not
 * followed. An empty folder is listed as a submodule with the id of forty zeros: a commit has no empty folders, and the source
 * archive has one only in the place of a submodule. Throws `GitHostError` if something cannot be read or is no file.
 */
export async function readDirectoryTree(directory: string): Promise<readonly TreeEntry[]> {
  const limit = pLimit(FILES_AT_ONCE);
  try {
    const entries = await readFolder(directory, '', limit);
    return entries.sort(byPathBytes);
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    throw unreadable(directory, messageOf(error), error);
  }
}

/** Contents by blob id of those `entries` (from `readDirectoryTree`) whose id is asked for. Throws `GitHostError`. */
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
      if (entry === undefined) throw unreadable(directory, `it has no file with the blob id ${id}`);
      const content = await contentOf(join(directory, entry.path), entry.mode);
      if (blobId(content) !== id) throw unreadable(directory, `${entry.path} changed while it was read`);
      return [id, content];
    }),
  );
  return new Map(await Promise.all(blobs));
}

/** git's id of a blob: sha1 over `blob <size>`, NUL, and the content. */
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
  if (!found.isFile()) throw unreadable(directory, `${path} is neither a file, a folder nor a symbolic link`);
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

function unreadable(directory: string, what: string, cause?: unknown): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `the source folder ${directory} cannot be read: ${what}`, { cause });
}
