/** A blob's bytes in one stream, however often the connection to its registry breaks. */
import { Readable } from 'node:stream';
import type { Clock, RepositoryName } from '../../core/ports';
import { HttpError } from '../http/http-error';
import type { RetryBudget } from '../http/retry-budget';
import { DEFAULT_RETRY_POLICY, isRetryableError, waitBefore } from '../http/retry-policy';
import { readBlob } from './blobs';
import type { RegistryClient } from './registry-client';

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
