/** Calls on blobs, one function each (distribution-spec, "Pulling blobs" and "Mounting a blob"). */
import { Readable, Transform } from 'node:stream';
import type { RepositoryName } from '../../core/ports/registry';
import type { Clock } from '../../core/ports/store';
import { HttpError } from '../http/http-error';
import { discardBody } from '../http/http-request';
import { DEFAULT_RETRY_POLICY, isRetryableError, type RetryBudget, waitBefore } from '../http/retry';
import type { RegistryClient, UploadLocation } from './client/registry-client';
import { pull, push } from './client/scopes';

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
function readBlob(client: RegistryClient, from: RepositoryName, digest: string, offset: number): Promise<Readable> {
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

// A blob's bytes in one stream, however often the connection to its registry breaks.

export interface TransferDependencies {
  readonly client: RegistryClient;
  readonly clock: Clock;
  readonly random: () => number;
  /** The run's retries, of which every further try of a transfer takes one. */
  readonly budget: RetryBudget;
}

/**
 * The bytes from `offset` on. Where the stream breaks off it is asked for again behind what came, so that who passes it on need not
 * begin anew: docker-registry 2.8 forgets an upload whose connection broke. Rejects if the registry does not have the blob; the
 * stream fails when it broke off too often without a byte between.
 */
export async function downloadBlob(
  from: RepositoryName,
  digest: string,
  offset: number,
  dependencies: TransferDependencies,
): Promise<Readable> {
  const first = await readBlob(dependencies.client, from, digest, offset);
  const bytes = Readable.from(readOn(first, from, digest, offset, dependencies), { objectMode: false });
  // Given up before the first byte was asked for, the generator would not have begun, and could not end what it reads.
  return bytes.once('close', () => first.destroy());
}

async function* readOn(
  first: Readable,
  from: RepositoryName,
  digest: string,
  offset: number,
  { client, clock, random, budget }: TransferDependencies,
): AsyncGenerator<Buffer> {
  let stream = first;
  let read = offset;
  for (let failed = 1; ; failed += 1) {
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        failed = 1;
        read += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      const isBroken = !(error instanceof HttpError) && isRetryableError(error, true);
      if (!isBroken || failed >= DEFAULT_RETRY_POLICY.tries || !budget.take()) throw error;
      await clock.sleep(waitBefore(DEFAULT_RETRY_POLICY, failed, random));
      stream = await readBlob(client, from, digest, read);
    }
  }
}
