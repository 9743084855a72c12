/** Calls on blobs and uploads, one function each (distribution-spec, "Pulling blobs", "Mounting a blob", "Pushing a blob in chunks"). */
import { type Readable, Transform } from 'node:stream';
import type { RepositoryName } from '../../core/ports/registry';
import type { HttpReply } from '../http/http-request';
import { pull, push } from './client/authorizer';
import type { RegistryClient, UploadLocation } from './client/registry-client';

/** Returns true if the repository has the blob. */
export function hasBlob(client: RegistryClient, name: RepositoryName, digest: string): Promise<boolean> {
  return client.send(
    {
      host: name.host,
      target: `${name.repository}/blobs/${digest}`,
      scopes: [pull(name.repository)],
      method: 'HEAD',
      expect: [200, 404],
    },
    ({ status }) => status === 200,
  );
}

/** Links the blob from another repository of the registry. Returns undefined if that worked, or the upload that the registry opened instead. */
export function mountBlob(
  client: RegistryClient,
  from: RepositoryName,
  to: RepositoryName,
  digest: string,
): Promise<UploadLocation | undefined> {
  const query = new URLSearchParams({ mount: digest, from: from.repository });
  return client.send(
    {
      host: to.host,
      target: `${to.repository}/blobs/uploads/?${query}`,
      scopes: [push(to.repository), pull(from.repository)],
      method: 'POST',
      expect: [201, 202],
      repeatable: true,
    },
    (reply) => (reply.status === 201 ? undefined : client.location(to.host, reply)),
  );
}

/** Returns the blob's bytes from `offset` on. The caller must read the stream to its end or cancel it. */
export function readBlob(
  client: RegistryClient,
  from: RepositoryName,
  digest: string,
  offset: number,
): Promise<Readable> {
  return client.call(
    {
      host: from.host,
      target: `${from.repository}/blobs/${digest}`,
      scopes: [pull(from.repository)],
      method: 'GET',
      headers: { 'accept-encoding': 'identity', ...(offset === 0 ? {} : { range: `bytes=${offset}-` }) },
      expect: [200, 206],
      unlimited: true,
      timeout: Number.POSITIVE_INFINITY,
    },
    // A registry may ignore the range and start over.
    ({ status, body }) => Promise.resolve(status === 206 || offset === 0 ? body : skipBytes(body, offset)),
  );
}

function skipBytes(body: Readable, count: number): Readable {
  let left = count;
  const rest = new Transform({
    transform: (chunk: Buffer, _, done) => {
      const skipped = Math.min(left, chunk.length);
      left -= skipped;
      done(null, chunk.subarray(skipped));
    },
  });
  body.on('error', (error) => rest.destroy(error));
  rest.on('close', () => body.destroy());
  return body.pipe(rest);
}

/** Opens an upload. Opened twice and never used, it does no harm: registries drop it. */
export function openUpload(client: RegistryClient, to: RepositoryName): Promise<UploadLocation> {
  return client.send(
    {
      host: to.host,
      target: `${to.repository}/blobs/uploads/`,
      scopes: [push(to.repository)],
      method: 'POST',
      expect: [202],
      repeatable: true,
    },
    (reply) => client.location(to.host, reply),
  );
}

/** Cancels an upload. Failures do not matter, since registries drop forgotten uploads. */
export async function cancelUpload(client: RegistryClient, to: RepositoryName, at: UploadLocation): Promise<void> {
  await client
    .send(
      {
        host: to.host,
        target: at,
        scopes: [push(to.repository)],
        method: 'DELETE',
        expect: [200, 202, 204, 404, 405],
        tries: 1,
      },
      () => undefined,
    )
    .catch(() => undefined);
}

/** The state of an upload: where it continues, and how many bytes the registry has. */
export interface UploadState {
  readonly location: UploadLocation;
  readonly offset: number;
}

/** Returns the state of an upload; undefined if the registry has forgotten it, or calls its own state of it out of step (docker-registry). */
export function uploadState(
  client: RegistryClient,
  to: RepositoryName,
  at: UploadLocation,
): Promise<UploadState | undefined> {
  return client.send(
    {
      host: to.host,
      target: at,
      scopes: [push(to.repository)],
      method: 'GET',
      expect: [200, 204, 404, 416],
    },
    (reply) => {
      if (reply.status >= 400) return undefined;
      const location = reply.headers.has('location') ? client.location(to.host, reply) : at;
      return { location, offset: offsetOf(reply) };
    },
  );
}

/** Sends the bytes from `offset` to the end of the blob. One try: to resume, ask for the state first. */
export function sendBytes(
  client: RegistryClient,
  to: RepositoryName,
  { location, offset }: UploadState,
  size: number,
  open: () => Promise<Readable | ReadableStream<Uint8Array>>,
): Promise<UploadLocation> {
  return client.send(
    {
      host: to.host,
      target: location,
      scopes: [push(to.repository)],
      method: 'PATCH',
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(size - offset),
        'content-range': `${offset}-${size - 1}`,
      },
      body: open,
      expect: [202],
      tries: 1,
      timeout: Number.POSITIVE_INFINITY,
    },
    (reply) => client.location(to.host, reply),
  );
}

/** Ends an upload; the registry then checks the digest. One try, as with `sendBytes`. */
export function finishUpload(
  client: RegistryClient,
  to: RepositoryName,
  at: UploadLocation,
  digest: string,
): Promise<void> {
  const url = new URL(at.url);
  url.searchParams.set('digest', digest);
  return client.send(
    {
      host: to.host,
      target: { url },
      scopes: [push(to.repository)],
      method: 'PUT',
      headers: { 'content-length': '0' },
      expect: [201, 204],
      tries: 1,
    },
    () => undefined,
  );
}

/** `Range: 0-99` stands for 100 bytes. docker-registry sends `0-0` for an empty upload, too, so one byte is sent again. */
function offsetOf({ headers }: Pick<HttpReply, 'headers'>): number {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(headers.get('range') ?? '')?.[1];
  return last === undefined || last === '0' ? 0 : Number(last) + 1;
}
