/** Uploads in progress: one file each, so that a restart of the registry loses none. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { adoptFile, fileSize, linkBlob } from './blob-store';
import type { DiskLayout } from './disk-layout';
import { ReplyError } from './registry-error';

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
