/** Uploads small blobs from memory, such as signatures. */
import { Readable } from 'node:stream';
import type { RepositoryName } from '../../core/ports/registry';
import { HttpError } from '../http/http-error';
import { DEFAULT_RETRY_POLICY, waitBefore } from '../http/retry';
import { finishUpload, hasBlob, openUpload, sendBytes } from './blobs';
import { digestOf } from './check-reference';
import { mayPass, type TransferDependencies } from './copy-blob';

/** Tries of one blob. Each sends it whole in an upload of its own. */
const TRIES = 5;

/** Makes the bytes present in the repository, and returns their digest. Throws `RegistryError`. */
export async function putBlob(
  name: RepositoryName,
  bytes: Buffer,
  dependencies: TransferDependencies,
): Promise<string> {
  const { client, clock, random, budget } = dependencies;
  const digest = digestOf(bytes);
  for (let tried = 1; ; tried += 1) {
    if (await hasBlob(client, name, digest)) return digest;
    try {
      const opened = { location: await openUpload(client, name), offset: 0 };
      const sent = await sendBytes(client, name, opened, bytes.length, async () => Readable.from([bytes]));
      await finishUpload(client, name, sent, digest);
      return digest;
    } catch (error) {
      if (tried >= TRIES || !(error instanceof HttpError) || !mayPass(error) || !budget.take()) throw error;
      await clock.sleep(waitBefore(DEFAULT_RETRY_POLICY, tried, random));
    }
  }
}
