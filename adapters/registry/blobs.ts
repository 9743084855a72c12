/** Calls on blobs, one function each (distribution-spec, "Pulling blobs" and "Mounting a blob"). */
import { type Readable, Transform } from 'node:stream';
import type { RepositoryName } from '../../core/ports';
import { discardBody } from '../http/read-body';
import type { RegistryClient, UploadLocation } from './registry-client';
import { pull, push } from './scopes';

/** True if the repository has the blob. */
export function hasBlob(client: RegistryClient, name: RepositoryName, digest: string): Promise<boolean> {
  return client.call(
    {
      host: name.host,
      target: `${name.repository}/blobs/${digest}`,
      scopes: [pull(name.repository)],
      method: 'HEAD',
      expect: [200, 404],
    },
    async (reply) => {
      discardBody(reply);
      return reply.status === 200;
    },
  );
}

/** Asks the registry to link the blob from another repository of its own: undefined if it did, else an upload it opened instead. */
export function mountBlob(
  client: RegistryClient,
  from: RepositoryName,
  to: RepositoryName,
  digest: string,
): Promise<UploadLocation | undefined> {
  const query = new URLSearchParams({ mount: digest, from: from.repository });
  return client.call(
    {
      host: to.host,
      target: `${to.repository}/blobs/uploads/?${query}`,
      scopes: [push(to.repository), pull(from.repository)],
      method: 'POST',
      expect: [201, 202],
      repeatable: true,
    },
    async (reply) => {
      discardBody(reply);
      return reply.status === 201 ? undefined : client.location(to.host, reply);
    },
  );
}

/** The blob's bytes from `offset` on. The caller must read the stream to its end or cancel it. */
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
