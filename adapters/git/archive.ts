/**
 * Makes the source archive. `git archive` would apply `export-ignore` and `export-subst`, so that a build would get other bytes than those
 * of its input digest.
 */
import { pipeline, Readable } from 'node:stream';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { extract, type Pack, pack } from 'tar-stream';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { TreeEntry } from '../../core/ports/git';
import type { BlobReader } from './blob-reader';
import { parentsOf, pathProblem } from './object-name';
import { blobId } from './tree';

const CHUNK_BYTES = 256 * 1024;

const NO_TIME = new Date(0);

type Header = Omit<Parameters<Pack['entry']>[0], 'mtime'>;

/** A blob for the archive. `size` is in bytes. */
export interface BlobStream {
  readonly size: number;
  readonly chunks: AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** A file or symbolic link with its content. */
export interface SourceFile extends BlobStream {
  readonly entry: TreeEntry;
}

/** Packs a commit as `packFiles` does; `blobs` yields the contents of all entries except submodules, in the order of `entries`. */
export function packSource(entries: readonly TreeEntry[], blobs: AsyncIterable<BlobStream>): Readable {
  const files = entries.filter(({ mode }) => mode !== '160000');
  return packFiles(entries, pair(files, blobs));
}

/**
 * Returns a gzipped tar of a commit: `entries` is its tree, `files` yields all of it except submodules. The same files in the same order
 * give the same bytes, because there are no times and no owners. A submodule is an empty directory, as in a clone without submodules.
 * Throws `GitHostError` before the first byte if an entry would be unpacked outside of the folder.
 */
function packFiles(entries: readonly TreeEntry[], files: AsyncIterable<SourceFile>): Readable {
  refuseEscapes(entries);
  const archive = pack();
  // The archive is read once or twice within one region, so speed matters more than size.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  fill(archive, entries, files).catch((error: Error) => archive.destroy(error));
  // The returned stream reports errors. Packing stops when its reader closes it.
  return pipeline(inLargeChunks(archive), gzip, () => undefined);
}

async function* pair(entries: readonly TreeEntry[], blobs: AsyncIterable<BlobStream>): AsyncGenerator<SourceFile> {
  let at = 0;
  for await (const blob of blobs) {
    const entry = entries[at];
    if (entry === undefined) break;
    yield { entry, ...blob };
    at += 1;
  }
  if (at === entries.length) return;
  throw new PipelineError(ERROR_NAMES.gitHost, `the content of ${entries[at]?.path} is missing`);
}

/** For small files, compressing each header separately would take most of the time. */
async function* inLargeChunks(source: Pack): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    pending.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(pending);
    pending = [];
    size = 0;
  }
  yield Buffer.concat(pending);
}

async function fill(archive: Pack, entries: readonly TreeEntry[], files: AsyncIterable<SourceFile>): Promise<void> {
  for (const { path } of entries.filter(({ mode }) => mode === '160000')) {
    await add(archive, { name: `${path}/`, type: 'directory', mode: 0o755 });
  }
  for await (const file of files) await addFile(archive, file);
  archive.finalize();
}

async function addFile(archive: Pack, { entry: { path, mode }, size, chunks }: SourceFile): Promise<void> {
  if (mode === '120000') {
    const linkname = (await collect(chunks)).toString('utf8');
    return add(archive, { name: path, type: 'symlink', mode: 0o777, linkname });
  }
  const header: Header = { name: path, type: 'file', mode: mode === '100755' ? 0o755 : 0o644, size };
  return size > CHUNK_BYTES ? addLarge(archive, header, chunks) : add(archive, header, await collect(chunks));
}

function add(archive: Pack, header: Header, content: Buffer = Buffer.alloc(0)): Promise<void> {
  return new Promise((fulfil, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : fulfil());
    archive.entry({ ...header, mtime: NO_TIME }, content, done).on('error', reject);
  });
}

function addLarge(archive: Pack, header: Header, chunks: BlobStream['chunks']): Promise<void> {
  return new Promise((fulfil, reject) => {
    const sink = archive.entry({ ...header, mtime: NO_TIME }, (error) => (error ? reject(error) : fulfil()));
    sink.on('error', reject);
    Readable.from(chunks, { objectMode: true }).on('error', reject).pipe(sink);
  });
}

/** Returns all chunks as one buffer. */
async function collect(chunks: BlobStream['chunks']): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** A commit may contain any path. Paths that leave the folder, or pass through a symbolic link of the same commit, are refused. */
function refuseEscapes(entries: readonly TreeEntry[]): void {
  const links = new Set(entries.filter(({ mode }) => mode !== '100644' && mode !== '100755').map(({ path }) => path));
  for (const { path } of entries) {
    const problem = pathProblem(path) ?? throughLink(path, links);
    if (problem === undefined) continue;
    throw new PipelineError(ERROR_NAMES.gitHost, `the commit cannot be unpacked safely: '${path}' ${problem}`);
  }
}

function throughLink(path: string, links: ReadonlySet<string>): string | undefined {
  if (links.size === 0) return undefined;
  const link = parentsOf(path).find((parent) => links.has(parent));
  return link === undefined ? undefined : `is below '${link}', which is not a folder`;
}

/** A tarball of gigabytes may take as long as a plan; in ms. */
export const TARBALL_TIMEOUT = 10 * 60 * 1000;

const BLOBS_AT_ONCE = 100;

/** The host's gzipped tarball, which has everything in one folder, and the commit's tree. */
interface HostArchive {
  readonly tarball: Readable;
  readonly entries: readonly TreeEntry[];
  readonly commit: string;
}

/**
 * Returns the exact archive of a commit from a git host's tarball, to which hosts apply `export-ignore`, `export-subst` and LFS. Each file is
 * compared with the commit's tree; missing and different ones are read as blobs. The stream fails with `GitHostError` if the tarball breaks
 * off.
 */
export function exactArchive(archive: HostArchive, blobs: BlobReader): Readable {
  return packFiles(archive.entries, exactFiles(archive, blobs));
}

async function* exactFiles({ tarball, entries, commit }: HostArchive, blobs: BlobReader): AsyncGenerator<SourceFile> {
  const missing = new Map(entries.filter(({ mode }) => mode !== '160000').map((entry) => [entry.path, entry]));
  try {
    for await (const file of unpack(tarball)) {
      const entry = missing.get(file.path);
      if (entry === undefined || blobId(file.content) !== entry.id) continue;
      missing.delete(file.path);
      yield { entry, size: file.content.length, chunks: [file.content] };
    }
    yield* readMissing([...missing.values()], blobs);
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    const message = `the archive of commit ${commit.slice(0, 8)} cannot be read completely: ${messageOf(error)}`;
    throw new PipelineError(ERROR_NAMES.gitHost, message, { cause: error });
  } finally {
    tarball.destroy();
  }
}

/** Yields files and links of the tarball, without the name of the folder that contains all of them. */
async function* unpack(tarball: Readable): AsyncGenerator<{ readonly path: string; readonly content: Buffer }> {
  const archive = extract();
  const gunzip = createGunzip();
  for (const stream of [tarball, gunzip]) stream.on('error', (error) => archive.destroy(error));
  tarball.pipe(gunzip).pipe(archive);
  for await (const entry of archive) {
    const { name, type, linkname } = entry.header;
    const path = name.slice(name.indexOf('/') + 1);
    if (type === 'file') yield { path, content: await collect(entry as AsyncIterable<Buffer>) };
    else {
      if (type === 'symlink') yield { path, content: Buffer.from(linkname ?? '') };
      entry.resume();
    }
  }
}

async function* readMissing(entries: readonly TreeEntry[], blobs: BlobReader): AsyncGenerator<SourceFile> {
  for (let at = 0; at < entries.length; at += BLOBS_AT_ONCE) {
    const some = entries.slice(at, at + BLOBS_AT_ONCE);
    const contents = await blobs(some.map(({ id }) => id));
    for (const entry of some) {
      const content = contents.get(entry.id) ?? Buffer.alloc(0);
      yield { entry, size: content.length, chunks: [content] };
    }
  }
}
