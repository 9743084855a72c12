/** Makes one blob present in a repository: by mount within a registry, otherwise streamed through this process in constant memory. */
import { Readable } from 'node:stream';
import type { Descriptor } from '../../core/image/manifest';
import type { RepositoryName } from '../../core/ports/registry';
import { HttpError } from '../http/http-error';
import { DEFAULT_RETRY_POLICY, isRetryableError, type RetryBudget, waitBefore } from '../http/retry';
import {
  cancelUpload,
  finishUpload,
  hasBlob,
  mountBlob,
  openUpload,
  readBlob,
  sendBytes,
  type UploadState,
  uploadState,
} from './blobs';
import { digestOf } from './check-reference';
import { perClient, type RegistryClient, type UploadLocation } from './client/registry-client';
import type { RegistryDependencies } from './manifests';

export interface TransferDependencies extends RegistryDependencies {
  readonly random: () => number;
  /** The run's retries. Every further try of a transfer takes one. */
  readonly budget: RetryBudget;
}

/** Tries of one blob, each from where the last one broke off. Its calls are made once, so that these are all. */
const TRIES = 5;

/** Blobs that a client has sent to a host, or is sending: each with the repository that has it in the end, or undefined if that failed. */
const sent = perClient(() => new Map<string, Promise<RepositoryName | undefined>>());

/**
 * Makes one blob present in another repository with the fewest bytes moved. An existing blob costs one call. Images share layers, so a blob goes
 * to a host once for each client: further repositories there mount it.
 */
export async function copyBlob(
  from: RepositoryName,
  to: RepositoryName,
  blob: Descriptor,
  dependencies: TransferDependencies,
): Promise<void> {
  if (from.host === to.host) return placeBlob(from, to, blob, from, dependencies);
  const known = sent(dependencies.client);
  const key = `${to.host} ${blob.digest}`;
  const earlier = known.get(key);
  if (earlier !== undefined) return placeBlob(from, to, blob, await earlier, dependencies);
  const placed = placeBlob(from, to, blob, undefined, dependencies);
  const holder = placed.then(
    () => to,
    () => undefined,
  );
  known.set(key, holder);
  return placed;
}

/** Mounts the blob from `holder`, a repository of the same host, if there is one, and otherwise sends it. */
async function placeBlob(
  from: RepositoryName,
  to: RepositoryName,
  blob: Descriptor,
  holder: RepositoryName | undefined,
  dependencies: TransferDependencies,
): Promise<void> {
  const { client } = dependencies;
  const opened = holder === undefined ? undefined : await mountBlob(client, holder, to, blob.digest);
  if (holder !== undefined && opened === undefined) return;
  if (await hasBlob(client, to, blob.digest)) {
    if (opened !== undefined) await cancelUpload(client, to, opened);
    return;
  }
  const open = (offset: number) => downloadBlob(from, blob.digest, offset, dependencies);
  await uploadBlob(to, { ...blob, open }, opened, dependencies);
}

/** Makes the bytes present in the repository, and returns their digest. Throws `RegistryError`. */
export async function putBlob(to: RepositoryName, bytes: Buffer, dependencies: TransferDependencies): Promise<string> {
  const digest = digestOf(bytes);
  const open = async (offset: number) => Readable.from([bytes.subarray(offset)]);
  await sendBlob(to, { digest, size: bytes.length, open }, dependencies);
  return digest;
}

/** A blob outside of registries. `open` returns its bytes from the offset on; `size` is in bytes. */
export interface OpenBlob extends Pick<Descriptor, 'digest' | 'size'> {
  readonly open: (offset: number) => Promise<Readable>;
}

/** Sends the blob unless the repository has it. Throws `RegistryError`. */
export async function sendBlob(to: RepositoryName, blob: OpenBlob, dependencies: TransferDependencies): Promise<void> {
  if (await hasBlob(dependencies.client, to, blob.digest)) return;
  await uploadBlob(to, blob, undefined, dependencies);
}

async function uploadBlob(
  to: RepositoryName,
  blob: OpenBlob,
  opened: UploadLocation | undefined,
  dependencies: TransferDependencies,
): Promise<void> {
  const { client, clock, random, budget } = dependencies;
  let state: UploadState = { location: opened ?? (await openUpload(client, to)), offset: 0 };
  for (let tried = 1; ; tried += 1) {
    try {
      await sendRest(client, to, blob, state);
      return;
    } catch (error) {
      if (await hasBlob(client, to, blob.digest)) return;
      if (tried >= TRIES || !mayPass(error) || !budget.take()) throw error;
      await clock.sleep(waitBefore(DEFAULT_RETRY_POLICY, tried, random));
      state = await resume(client, to, state, blob, error);
    }
  }
}

async function sendRest(client: RegistryClient, to: RepositoryName, blob: OpenBlob, state: UploadState): Promise<void> {
  let { location } = state;
  if (state.offset < blob.size) location = await sendBytes(client, to, state, blob.size, () => blob.open(state.offset));
  await finishUpload(client, to, location, blob.digest);
}

/** Returns the state to resume from: that of the upload, or of a new one if the registry has lost it or has wrong bytes. */
async function resume(
  client: RegistryClient,
  to: RepositoryName,
  { location, offset }: UploadState,
  { size }: OpenBlob,
  error: unknown,
): Promise<UploadState> {
  const status = error instanceof HttpError ? error.status : undefined;
  const isLost = status === 400 || status === 404;
  const state = isLost ? undefined : await uploadState(client, to, location);
  // A registry that answers 416 and then names the offset that it was sent would do so again.
  const isStuck = status === 416 && state?.offset === offset;
  if (state === undefined || isStuck || state.offset > size) {
    return { location: await openUpload(client, to), offset: 0 };
  }
  return state;
}

/** Returns true for what may pass by itself, and for an upload out of step (416), unknown (404), or damaged on its way (400 DIGEST_INVALID). */
function mayPass(error: unknown): boolean {
  if (!(error instanceof HttpError)) return false;
  const isUploadTrouble = error.method === 'PATCH' || error.method === 'PUT';
  return (
    error.isRetryable ||
    (isUploadTrouble &&
      (error.status === undefined || [400, 404, 408, 416, 429, 500, 502, 503, 504].includes(error.status)))
  );
}

/**
 * Returns the blob's bytes from `offset` on in one stream. A download that breaks off is resumed, so that its upload need not start again:
 * docker-registry 2.8 forgets an upload whose connection broke. Rejects if the registry does not have the blob. The stream fails if it
 * breaks off too often without a byte in between.
 */
async function downloadBlob(
  from: RepositoryName,
  digest: string,
  offset: number,
  dependencies: TransferDependencies,
): Promise<Readable> {
  const first = await readBlob(dependencies.client, from, digest, offset);
  const bytes = Readable.from(resumableBytes(first, from, digest, offset, dependencies), { objectMode: false });
  // A generator that has not begun cannot end what it reads.
  return bytes.once('close', () => first.destroy());
}

async function* resumableBytes(
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
