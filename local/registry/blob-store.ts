/** Content by digest. A blob is under its name only when it is whole and its digest was checked. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import type { DiskLayout } from './disk-layout';
import { ReplyError } from './registry-error';

/** Size of a repository's blob in bytes, or undefined if the repository has no link to it. */
export async function blobSize(layout: DiskLayout, repository: string, digest: string): Promise<number | undefined> {
  if (!(await exists(layout.layerLink(repository, digest)))) return undefined;
  return fileSize(layout.blob(digest));
}

/** Makes the blob servable in the repository; false if the registry does not hold it. */
export async function linkBlob(layout: DiskLayout, repository: string, digest: string): Promise<boolean> {
  if (!(await exists(layout.blob(digest)))) return false;
  await writeFileAtomically(layout.layerLink(repository, digest), '');
  return true;
}

/** Moves a finished upload under its digest. Throws `DIGEST_INVALID`, and leaves the file, if its bytes have another one. */
export async function adoptFile(layout: DiskLayout, file: string, digest: string): Promise<void> {
  const actual = await fileDigest(file, digest);
  if (actual !== digest) throw new ReplyError(400, 'DIGEST_INVALID', `the bytes have digest ${actual}, not ${digest}`);
  const blob = layout.blob(digest);
  await mkdir(dirname(blob), { recursive: true });
  await rename(file, blob);
}

/** Stores bytes whose digest the caller has checked. */
export async function storeBytes(layout: DiskLayout, digest: string, bytes: Buffer): Promise<void> {
  const blob = layout.blob(digest);
  if (!(await exists(blob))) await writeFileAtomically(blob, bytes);
}

/** A stored blob in full. */
export function readStored(layout: DiskLayout, digest: string): Promise<Buffer> {
  return readFile(layout.blob(digest));
}

/** True if there is something with this path. */
export async function exists(path: string): Promise<boolean> {
  return (await fileSize(path)) !== undefined;
}

/** Size in bytes, or undefined if there is no such file. */
export async function fileSize(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function fileDigest(file: string, like: string): Promise<string> {
  const [algorithm = 'sha256'] = like.split(':');
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return `${algorithm}:${hash.digest('hex')}`;
}
