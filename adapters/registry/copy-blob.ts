/** Makes one blob present in another repository with the fewest bytes moved: by mount, else through us in constant memory. */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { Descriptor } from '../../core/image/manifest-links';
import type { RepositoryName } from '../../core/ports';
import { HttpError } from '../http/http-error';
import { DEFAULT_RETRY_POLICY, waitBefore } from '../http/retry-policy';
import { hasBlob, mountBlob } from './blobs';
import type { RegistryClient, UploadLocation } from './registry-client';
import { downloadBlob, type TransferDependencies } from './steady-download';
import { cancelUpload, finishUpload, openUpload, sendBytes, type UploadState, uploadState } from './uploads';

/** Tries of one blob, each going on where the last one broke off. The calls in it are made once, so that these are all. */
const TRIES = 5;

/** A blob that is there already costs one call. */
export async function copyBlob(
  from: RepositoryName,
  to: RepositoryName,
  blob: Descriptor,
  dependencies: TransferDependencies,
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
  dependencies: TransferDependencies,
): Promise<void> {
  const { client, clock, random, budget } = dependencies;
  let state: UploadState = { location: opened ?? (await openUpload(client, to)), offset: 0 };
  for (let tried = 1; ; tried += 1) {
    try {
      await sendRest(from, to, blob, state, dependencies);
      return;
    } catch (error) {
      if (await hasBlob(client, to, blob.digest)) return;
      if (tried >= TRIES || !mayPass(error) || !budget.take()) throw error;
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
  dependencies: TransferDependencies,
): Promise<void> {
  const { client } = dependencies;
  let { location } = state;
  if (state.offset < blob.size) {
    const open = () => downloadBlob(from, blob.digest, state.offset, dependencies);
    location = await sendBytes(client, to, state, blob.size, open);
  }
  await finishUpload(client, to, location, blob.digest);
}

/** Goes on with the upload, or with a new one if the registry has forgotten it or was given wrong bytes. */
async function resume(
  client: RegistryClient,
  to: RepositoryName,
  { location, offset }: UploadState,
  blob: Descriptor,
  error: unknown,
): Promise<UploadState> {
  const status = error instanceof HttpError ? error.status : undefined;
  const isLost = status === 400 || status === 404;
  const state = isLost ? undefined : await uploadState(client, to, location);
  // A registry that says 416 and then names the very offset it was sent would do so again.
  const isStuck = status === 416 && state?.offset === offset;
  if (state === undefined || isStuck || state.offset > blob.size) {
    return { location: await openUpload(client, to), offset: 0 };
  }
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
