/** Content by digest. A blob is under its name only when it is whole and its digest was checked. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import type { DiskLayout } from './disk-layout';
import { ReplyError } from './reply';

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
async function adoptFile(layout: DiskLayout, file: string, digest: string): Promise<void> {
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
async function fileSize(path: string): Promise<number | undefined> {
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

// Uploads in progress: one file each, so that a restart of the registry loses none.

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Opens an empty upload and gives its id. */
export async function openUpload(layout: DiskLayout): Promise<string> {
  const id = randomUUID();
  await mkdir(layout.uploads, { recursive: true });
  await writeFile(layout.upload(id), '');
  return id;
}

/** Bytes that are there. Throws `BLOB_UPLOAD_UNKNOWN`. */
export async function uploadSize(layout: DiskLayout, id: string): Promise<number> {
  const size = ID.test(id) ? await fileSize(layout.upload(id)) : undefined;
  if (size === undefined) throw new ReplyError(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
  return size;
}

/**
 * Appends a body. `contentRange` (`0-99`) must start where the upload is, else 416 with `Range`. What came of a body that broke off
 * stays, so that the client can go on behind it. Gives the new size.
 */
export async function appendToUpload(
  layout: DiskLayout,
  id: string,
  body: Readable,
  contentRange: string | undefined,
): Promise<number> {
  const size = await uploadSize(layout, id);
  if (contentRange !== undefined && startOf(contentRange) !== size) {
    const headers = { range: rangeOf(size), 'docker-upload-uuid': id };
    throw new ReplyError(416, 'BLOB_UPLOAD_INVALID', `the upload has ${size} bytes; go on there`, headers);
  }
  await pipeline(body, createWriteStream(layout.upload(id), { flags: 'a' }));
  return uploadSize(layout, id);
}

/** Ends an upload: checks its digest, and links the blob into the repository. */
export async function finishUpload(layout: DiskLayout, id: string, repository: string, digest: string): Promise<void> {
  await uploadSize(layout, id);
  await adoptFile(layout, layout.upload(id), digest);
  await linkBlob(layout, repository, digest);
}

/** Drops an upload. */
export async function dropUpload(layout: DiskLayout, id: string): Promise<void> {
  await uploadSize(layout, id);
  await rm(layout.upload(id), { force: true });
}

/** The `Range` header of an upload's state: the last byte's number, which is 0 for an empty one, too. */
export function rangeOf(size: number): string {
  return `0-${Math.max(0, size - 1)}`;
}

function startOf(contentRange: string): number {
  const start = /^(?:bytes[ =])?(\d+)-\d+(?:\/.*)?$/.exec(contentRange)?.[1];
  if (start === undefined) throw new ReplyError(400, 'BLOB_UPLOAD_INVALID', 'Content-Range must be <first>-<last>');
  return Number(start);
}
