/** Blobs by digest, and uploads. A blob has its name only when it is whole and its digest was checked. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { ifMissing } from '../../adapters/disk/missing';
import type { DiskLayout } from './disk-layout';
import { ReplyError } from './reply';

/** Returns the size of a repository's blob in bytes, or undefined if the repository has no link to it. */
export async function blobSize(layout: DiskLayout, repository: string, digest: string): Promise<number | undefined> {
  if (!(await exists(layout.layerLink(repository, digest)))) return undefined;
  return fileSize(layout.blob(digest));
}

/** Links the blob into the repository; false if the registry does not have it. */
export async function linkBlob(layout: DiskLayout, repository: string, digest: string): Promise<boolean> {
  if (!(await exists(layout.blob(digest)))) return false;
  await writeFileAtomically(layout.layerLink(repository, digest), '');
  return true;
}

/** Returns true if the path exists. */
export async function exists(path: string): Promise<boolean> {
  return (await fileSize(path)) !== undefined;
}

/** Returns the size in bytes, or undefined if there is no such file. */
async function fileSize(path: string): Promise<number | undefined> {
  return (await stat(path).catch(ifMissing(undefined, 'ENOTDIR')))?.size;
}

async function fileDigest(file: string, like: string): Promise<string> {
  const [algorithm = 'sha256'] = like.split(':');
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return `${algorithm}:${hash.digest('hex')}`;
}

const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Opens an empty upload and returns its id. Each is a file, so that a restart of the registry loses none. */
export async function openUpload(layout: DiskLayout): Promise<string> {
  const id = randomUUID();
  await mkdir(layout.uploads, { recursive: true });
  await writeFile(layout.upload(id), '');
  return id;
}

/** Returns the bytes that the upload has. Throws `BLOB_UPLOAD_UNKNOWN`. */
export async function uploadSize(layout: DiskLayout, id: string): Promise<number> {
  const size = UPLOAD_ID.test(id) ? await fileSize(layout.upload(id)) : undefined;
  if (size === undefined) throw new ReplyError(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
  return size;
}

/** Appends a body and returns the new size. A `contentRange` (`0-99`) elsewhere is a 416 with `Range`. What came of a broken body stays. */
export function appendToUpload(
  layout: DiskLayout,
  id: string,
  body: Readable,
  contentRange: string | undefined,
): Promise<number> {
  const stopped = new AbortController();
  const append = async () => {
    const size = await uploadSize(layout, id);
    if (contentRange !== undefined && startOf(contentRange) !== size) {
      const headers = { range: rangeOf(size), 'docker-upload-uuid': id };
      throw new ReplyError(416, 'BLOB_UPLOAD_INVALID', `the upload has ${size} bytes; continue there`, headers);
    }
    await pipeline(body, createWriteStream(layout.upload(id), { flags: 'a' }), { signal: stopped.signal }).catch(
      (error: unknown) => {
        if (!stopped.signal.aborted) throw error;
        throw new ReplyError(400, 'BLOB_UPLOAD_INVALID', 'another request continues this upload');
      },
    );
    return uploadSize(layout, id);
  };
  return asOnlyUser(layout.upload(id), append, () => stopped.abort());
}

/** Ends an upload: checks its digest, and links the blob into the repository. Throws `DIGEST_INVALID`, and keeps the upload. */
export function finishUpload(layout: DiskLayout, id: string, repository: string, digest: string): Promise<void> {
  return asOnlyUser(layout.upload(id), async () => {
    await uploadSize(layout, id);
    const actual = await fileDigest(layout.upload(id), digest);
    if (actual !== digest) {
      throw new ReplyError(400, 'DIGEST_INVALID', `the bytes have digest ${actual}, not ${digest}`);
    }
    await mkdir(dirname(layout.blob(digest)), { recursive: true });
    await rename(layout.upload(id), layout.blob(digest));
    await linkBlob(layout, repository, digest);
  });
}

/** Cancels an upload. */
export function dropUpload(layout: DiskLayout, id: string): Promise<void> {
  return asOnlyUser(layout.upload(id), async () => {
    await uploadSize(layout, id);
    await rm(layout.upload(id), { force: true });
  });
}

/** A request that uses an upload's file. */
interface Use {
  readonly stop: () => void;
  readonly ended: Promise<unknown>;
}

const uses = new Map<string, Use>();

/** Does the work alone on the file. An earlier request is stopped first: its client has gone, or must not add bytes after the check. */
async function asOnlyUser<Result>(
  file: string,
  work: () => Promise<Result>,
  stop: () => void = () => undefined,
): Promise<Result> {
  for (let current = uses.get(file); current !== undefined; current = uses.get(file)) {
    current.stop();
    await current.ended;
  }
  const running = work();
  const free = () => uses.delete(file);
  uses.set(file, { stop, ended: running.then(free, free) });
  return running;
}

/** Returns the `Range` header of an upload's state: the number of the last byte, which is 0 for an empty upload, too. */
export function rangeOf(size: number): string {
  return `0-${Math.max(0, size - 1)}`;
}

function startOf(contentRange: string): number {
  const start = /^(?:bytes[ =])?(\d+)-\d+(?:\/.*)?$/.exec(contentRange)?.[1];
  if (start === undefined) throw new ReplyError(400, 'BLOB_UPLOAD_INVALID', 'Content-Range must be <first>-<last>');
  return Number(start);
}
