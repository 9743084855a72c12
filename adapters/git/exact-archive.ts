/**
 * The source archive from a git host's tarball, made exact: hosts apply `export-ignore`, `export-subst` and LFS to it. Every file
 * is checked against the commit's tree, and what is missing or different is read as a blob.
 */
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { ERROR_NAMES } from '../../core/contract';
import { messageOf, PipelineError } from '../../core/errors';
import type { TreeEntry } from '../../core/ports';
import type { BlobReader } from './blob-reader';
import { blobId } from './directory-tree';

import { collect, packFiles, type SourceFile } from './source-archive';

/** A tarball of gigabytes is read for as long as a plan may take, in ms. */
export const TARBALL_TIMEOUT = 10 * 60 * 1000;
const REPAIRED_AT_ONCE = 100;

/** What the archive is made of: the host's gzipped tarball (all in one folder), and the commit's tree. */
export interface HostArchive {
  readonly tarball: Readable;
  readonly entries: readonly TreeEntry[];
  readonly commit: string;
}

/** The archive as `SourceRepository` promises it. It fails with `GitHostError` while it is read if the tarball breaks off. */
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
    const message = `the archive of commit ${commit.slice(0, 8)} cannot be read to its end: ${messageOf(error)}`;
    throw new PipelineError(ERROR_NAMES.gitHost, message, { cause: error });
  } finally {
    tarball.destroy();
  }
}

/** Files and links of the tarball. All of them lie in one folder, whose name is taken off. */
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
  for (let at = 0; at < entries.length; at += REPAIRED_AT_ONCE) {
    const some = entries.slice(at, at + REPAIRED_AT_ONCE);
    const contents = await blobs(some.map(({ id }) => id));
    for (const entry of some) {
      const content = contents.get(entry.id) ?? Buffer.alloc(0);
      yield { entry, size: content.length, chunks: [content] };
    }
  }
}
