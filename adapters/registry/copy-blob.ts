/** Makes one blob present in another repository with the fewest bytes moved: by mount, else through us in constant memory. */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { Descriptor } from '../../core/image/manifest-links';
import type { Clock, RepositoryName } from '../../core/ports';
import { HttpError } from '../http/http-error';
import { DEFAULT_RETRY_POLICY, waitBefore } from '../http/retry-policy';
import { hasBlob, mountBlob, readBlob } from './blobs';
import type { RegistryClient, UploadLocation } from './registry-client';
import { cancelUpload, finishUpload, openUpload, sendBytes, type UploadState, uploadState } from './uploads';

export interface CopyDependencies {
  readonly client: RegistryClient;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Tries of one blob, each going on where the last one broke off. */
const TRIES = 5;

/** A blob that is there already costs one call. */
export async function copyBlob(
  from: RepositoryName,
  to: RepositoryName,
  blob: Descriptor,
  dependencies: CopyDependencies,
): Promise<void> {
  const { client } = dependencies;
  const opened = from.host === to.host ? await mountBlob(client, from, to, blob.digest) : undefined;
  if (from.host === to.host && opened === undefined) return;
  if (await hasBlob(client, to, blob.digest)) {
    if (opened !== undefined) await cancelUpload(client, to, opened);
    return;
  }
  await uploadBlob(from, to, blob, opened, dependencies);
}

async function uploadBlob(
  from: RepositoryName,
  to: RepositoryName,
  blob: Descriptor,
  opened: UploadLocation | undefined,
  { client, clock, random }: CopyDependencies,
): Promise<void> {
  let state: UploadState = { location: opened ?? (await openUpload(client, to)), offset: 0 };
  for (let tried = 1; ; tried += 1) {
    try {
      await sendRest(from, to, blob, state, client);
      return;
    } catch (error) {
      if (await hasBlob(client, to, blob.digest)) return;
      if (tried >= TRIES || !mayPass(error)) throw error;
      await clock.sleep(waitBefore(DEFAULT_RETRY_POLICY, tried, random));
      state = await resume(client, to, state, blob, error);
    }
  }
}

async function sendRest(
  from: RepositoryName,
  to: RepositoryName,
  blob: Descriptor,
  state: UploadState,
  client: RegistryClient,
): Promise<void> {
  let { location } = state;
  if (state.offset < blob.size) {
    location = await sendBytes(client, to, state, blob.size, () => readBlob(client, from, blob.digest, state.offset));
  }
  await finishUpload(client, to, location, blob.digest);
}

/** Goes on with the upload, or with a new one if the registry has forgotten it or was given wrong bytes. */
async function resume(
  client: RegistryClient,
  to: RepositoryName,
  { location }: UploadState,
  blob: Descriptor,
  error: unknown,
): Promise<UploadState> {
  if (error instanceof HttpError && error.status !== undefined && error.status < 500) {
    return { location: await openUpload(client, to), offset: 0 };
  }
  const state = await uploadState(client, to, location);
  if (state === undefined || state.offset > blob.size) return { location: await openUpload(client, to), offset: 0 };
  return state;
}

/** Besides what may pass by itself: an upload out of step (416), unknown (404), or damaged on its way (400 DIGEST_INVALID). */
function mayPass(error: unknown): boolean {
  if (!(error instanceof HttpError)) return false;
  const isUploadTrouble = error.method === 'PATCH' || error.method === 'PUT';
  return (
    error.isRetryable ||
    (isUploadTrouble &&
      (error.status === undefined || [400, 404, 408, 416, 429, 500, 502, 503, 504].includes(error.status)))
  );
}

/** The error for content that an index or manifest names and the source does not have. */
export function missingContent(from: RepositoryName, digest: string): PipelineError {
  return new PipelineError(
    ERROR_NAMES.registry,
    `${from.host}/${from.repository} has no ${digest}, which a manifest there refers to; build the image again`,
  );
}
