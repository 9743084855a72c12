/** Requests for blobs and uploads. */
import { createReadStream } from 'node:fs';
import { isDigest, isRepository } from '../../core/image/reference';
import {
  appendToUpload,
  blobSize,
  dropUpload,
  finishUpload,
  linkBlob,
  openUpload,
  rangeOf,
  uploadSize,
} from './blob-store';
import { type Call, notAllowed, type Reply, ReplyError } from './reply';

/** Serves HEAD and GET of a blob, with one range. */
export async function serveBlob({ method, request, layout }: Call, repository: string, digest: string): Promise<Reply> {
  if (method !== 'GET' && method !== 'HEAD') throw notAllowed('GET', 'HEAD');
  checkDigest(digest);
  const size = await blobSize(layout, repository, digest);
  if (size === undefined) throw new ReplyError(404, 'BLOB_UNKNOWN', `${repository} has no blob ${digest}`);
  const file = layout.blob(digest);
  const range = method === 'GET' ? parseRange(request.headers.range, size) : undefined;
  const length = range === undefined ? size : range.end - range.start + 1;
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    'content-length': String(length),
    ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
  };
  return { status: range === undefined ? 200 : 206, headers, body: () => createReadStream(file, range), digest };
}

/** Serves POST: opens an upload, mounts a blob of another repository, or stores a whole blob at once. */
export async function serveUploads({ method, query, request, layout }: Call, repository: string): Promise<Reply> {
  if (method !== 'POST') throw notAllowed('POST');
  const mount = query.get('mount');
  const from = query.get('from');
  if (mount !== null) {
    checkDigest(mount);
    const isThere = from !== null && isRepository(from) && (await blobSize(layout, from, mount)) !== undefined;
    if (isThere && (await linkBlob(layout, repository, mount))) return created(repository, mount);
  }
  const digest = query.get('digest');
  const id = await openUpload(layout);
  if (digest === null) return { status: 202, headers: progress(repository, id, 0) };
  checkDigest(digest);
  await appendToUpload(layout, id, request, undefined);
  await finishUpload(layout, id, repository, digest);
  return created(repository, digest);
}

/** Serves an upload: its state (GET), more bytes (PATCH), its end (PUT), or its cancellation (DELETE). */
export async function serveUpload(call: Call, repository: string, id: string): Promise<Reply> {
  const { method, query, request, layout } = call;
  const contentRange = request.headers['content-range'];
  switch (method) {
    case 'GET':
      return { status: 204, headers: progress(repository, id, await uploadSize(layout, id)) };
    case 'PATCH':
      return {
        status: 202,
        headers: progress(repository, id, await appendToUpload(layout, id, request, contentRange)),
      };
    case 'PUT': {
      const digest = query.get('digest') ?? '';
      checkDigest(digest);
      await appendToUpload(layout, id, request, contentRange);
      await finishUpload(layout, id, repository, digest);
      return created(repository, digest);
    }
    case 'DELETE':
      await dropUpload(layout, id);
      return { status: 204 };
    default:
      throw notAllowed('GET', 'PATCH', 'PUT', 'DELETE');
  }
}

function created(repository: string, digest: string): Reply {
  const location = `/v2/${repository}/blobs/${digest}`;
  return { status: 201, headers: { location, 'docker-content-digest': digest, 'content-length': '0' }, digest };
}

function progress(repository: string, id: string, size: number): Readonly<Record<string, string>> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: rangeOf(size),
    'docker-upload-uuid': id,
    'content-length': '0',
  };
}

function checkDigest(digest: string): void {
  if (!isDigest(digest)) throw new ReplyError(400, 'DIGEST_INVALID', 'a digest is sha256: and 64 hex digits');
}

/**
 * Returns the first and the last byte of one range (`2-5`, `2-`, `-5`). Several at once and other units are ignored, as RFC 9110 section 14.2 allows. A range whose
 * end comes before its start is refused, as the specification's conformance suite requires.
 */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [whole, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (whole === undefined || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) {
    throw new ReplyError(416, 'SIZE_INVALID', `the blob has ${size} bytes`, { 'content-range': `bytes */${size}` });
  }
  return { start, end };
}
