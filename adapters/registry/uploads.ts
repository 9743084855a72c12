/** Calls on uploads, one function each (distribution-spec, "Pushing a blob in chunks"). */
import type { Readable } from 'node:stream';
import type { RepositoryName } from '../../core/ports/registry';
import type { HttpReply } from '../http/http-request';
import { discardBody } from '../http/http-request';
import type { RegistryClient, UploadLocation } from './client/registry-client';
import { push } from './client/scopes';

/** Opens an upload. An upload that is opened twice and never used does no harm: registries drop it. */
export function openUpload(client: RegistryClient, to: RepositoryName): Promise<UploadLocation> {
  return client.call(
    {
      host: to.host,
      target: `${to.repository}/blobs/uploads/`,
      scopes: [push(to.repository)],
      method: 'POST',
      expect: [202],
      repeatable: true,
    },
    async (reply) => {
      discardBody(reply);
      return client.location(to.host, reply);
    },
  );
}

/** Gives an upload up. Registries drop forgotten ones, too, so that a failure is no matter. */
export async function cancelUpload(client: RegistryClient, to: RepositoryName, at: UploadLocation): Promise<void> {
  await client
    .call(
      {
        host: to.host,
        target: at,
        scopes: [push(to.repository)],
        method: 'DELETE',
        expect: [200, 202, 204, 404, 405],
        tries: 1,
      },
      async (reply) => discardBody(reply),
    )
    .catch(() => undefined);
}

/** An upload's state: where it goes on, and how many bytes the registry has. */
export interface UploadState {
  readonly location: UploadLocation;
  readonly offset: number;
}

/** Asks how far an upload is; undefined if the registry knows it no more, or calls its own state of it out of step (docker-registry). */
export function uploadState(
  client: RegistryClient,
  to: RepositoryName,
  at: UploadLocation,
): Promise<UploadState | undefined> {
  return client.call(
    {
      host: to.host,
      target: at,
      scopes: [push(to.repository)],
      method: 'GET',
      expect: [200, 204, 404, 416],
    },
    async (reply) => {
      discardBody(reply);
      if (reply.status >= 400) return undefined;
      const location = reply.headers.has('location') ? client.location(to.host, reply) : at;
      return { location, offset: offsetOf(reply) };
    },
  );
}

/** Sends the bytes from `offset` to the end of the blob. One try: who resumes must ask for the state first. */
export function sendBytes(
  client: RegistryClient,
  to: RepositoryName,
  { location, offset }: UploadState,
  size: number,
  open: () => Promise<Readable | ReadableStream<Uint8Array>>,
): Promise<UploadLocation> {
  return client.call(
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
    async (reply) => {
      discardBody(reply);
      return client.location(to.host, reply);
    },
  );
}

/** Ends an upload; the registry then checks the digest. One try, as of `sendBytes`. */
export function finishUpload(
  client: RegistryClient,
  to: RepositoryName,
  at: UploadLocation,
  digest: string,
): Promise<void> {
  const url = new URL(at.url);
  url.searchParams.set('digest', digest);
  return client.call(
    {
      host: to.host,
      target: { url },
      scopes: [push(to.repository)],
      method: 'PUT',
      headers: { 'content-length': '0' },
      expect: [201, 204],
      tries: 1,
    },
    async (reply) => discardBody(reply),
  );
}

/** `Range: 0-99` says that 100 bytes are there. docker-registry says `0-0` of an empty upload, too, so one byte is sent again. */
function offsetOf(reply: HttpReply): number {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(reply.headers.get('range') ?? '')?.[1];
  return last === undefined || last === '0' ? 0 : Number(last) + 1;
}
