/** Copies all that belongs to a manifest into another repository: what it refers to, then what refers to it. */

import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { Descriptor } from '../../core/image/manifest';
import type { Manifest, ManifestsByDigest, RepositoryName } from '../../core/ports/registry';
import { HttpError } from '../http/http-error';
import { DEFAULT_RETRY_POLICY, waitBefore } from '../http/retry';
import { downloadBlob, hasBlob, mountBlob, type TransferDependencies } from './blobs';
import type { RegistryClient, UploadLocation } from './client/registry-client';
import { getManifest, headManifest, linksOf } from './manifests';
import { putManifest } from './put-manifest';
import { digestTag, listReferrers, mayHaveDigestTags, noteDigestTags } from './referrers';
import { cancelUpload, finishUpload, openUpload, sendBytes, type UploadState, uploadState } from './uploads';

/**
 * Everything below the manifest and about it, but not the manifest itself, which its caller puts last. One call if the repository
 * has the manifest already.
 */
export async function copyContent(
  from: RepositoryName,
  to: RepositoryName,
  manifest: Manifest,
  dependencies: CopyDependencies,
): Promise<void> {
  if (from.host === to.host && from.repository === to.repository) return;
  const copy = startCopy(from, to, dependencies);
  // A registry takes a manifest only after its content, so whoever has the one has the other.
  if (await isThere(copy, manifest.digest)) return;
  copy.copied.add(manifest.digest);
  await copyLinks(copy, manifest, 0);

  // Signatures of signatures, too. A registry takes a referrer before what it is about ("Pushing Manifests with Subject").
  const seen = new Set<string>();
  for (;;) {
    const wave = [...copy.copied].filter((digest) => !seen.has(digest));
    if (wave.length === 0) return;
    for (const digest of wave) seen.add(digest);
    await Promise.all(wave.map((digest) => copyReferrers(copy, digest)));
  }
}

// Copies manifests by digest, children before parents, so that no registry ever refuses one.

/** Indexes within indexes may go this deep. */
const DEEPEST = 8;

interface CopyDependencies extends TransferDependencies {
  /** Manifests that need not be pulled. */
  readonly kept?: ManifestsByDigest | undefined;
}

/** One copy on its way. */
interface Copy extends CopyDependencies {
  readonly from: RepositoryName;
  readonly to: RepositoryName;
  /**
   * What was begun, by digest. Children share layers, and each is copied once: docker-registry 2.8, told to link one again while a
   * manifest is put, reads a half-written link and answers DIGEST_INVALID.
   */
  readonly begun: Map<string, Promise<void>>;
  /** Manifests below or about the one to be copied, and that one. */
  readonly copied: Set<string>;
}

/** A copy that has not begun. */
function startCopy(from: RepositoryName, to: RepositoryName, dependencies: CopyDependencies): Copy {
  return { ...dependencies, from, to, begun: new Map(), copied: new Set() };
}

/** The manifest and everything below it, once. Throws `RegistryError` if the source does not have it. */
function copyManifest(copy: Copy, digest: string, depth = 0): Promise<void> {
  return once(copy, digest, async () => {
    // Also if it is there: an earlier run may have ended before it came to what is about it.
    copy.copied.add(digest);
    if (await isThere(copy, digest)) return;
    const manifest = (await copy.kept?.(digest)) ?? (await getManifest(copy.client, copy.from, digest));
    if (manifest === undefined) throw missingContent(copy.from, digest);
    await copyLinks(copy, manifest, depth);
    await putManifest(copy.to, digest, manifest, copy);
  });
}

/** Everything below the manifest. */
async function copyLinks(copy: Copy, manifest: Manifest, depth: number): Promise<void> {
  if (depth > DEEPEST) throw new Error(`an index within ${DEEPEST} others is no image`);
  const { manifests, blobs } = linksOf(manifest);
  await all([
    ...manifests.map((child) => copyManifest(copy, child.digest, depth + 1)),
    ...blobs.map((blob) => once(copy, blob.digest, () => copyBlob(copy.from, copy.to, blob, copy))),
  ]);
}

/** True if the destination has the manifest. */
async function isThere({ client, to }: Copy, digest: string): Promise<boolean> {
  return (await headManifest(client, to, digest)) === digest;
}

function once({ begun }: Copy, digest: string, work: () => Promise<void>): Promise<void> {
  const running = begun.get(digest) ?? work();
  begun.set(digest, running);
  return running;
}

/** Lets every part end before it throws, so that nothing goes on behind the caller's back. */
async function all(parts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

// What is about a manifest goes where the manifest goes: referrers, and the tags by which cosign finds its own.

/** Tags made of the digest and one of these (sigstore/cosign, "Signature Specification"). */
const COSIGN_TAGS = ['.sig', '.att', '.sbom'];

/** Copies everything that is about the digest. A tag that the destination has already stays as it is. */
async function copyReferrers(copy: Copy, digest: string): Promise<void> {
  const { client, from } = copy;
  const [referrers] = await Promise.all([listReferrers(client, from, digest), copyCosigned(copy, digest)]);
  // One after the other: where the registry keeps no list, each of them adds itself to one tag.
  for (const { digest: referrer } of referrers) {
    // A list may name what was deleted since.
    if ((await headManifest(client, from, referrer)) !== undefined) await copyManifest(copy, referrer);
  }
}

async function copyCosigned(copy: Copy, digest: string): Promise<void> {
  if (!(await mayHaveDigestTags(copy.client, copy.from))) return;
  await Promise.all(COSIGN_TAGS.map((end) => copyTag(copy, `${digestTag(digest)}${end}`)));
}

async function copyTag(copy: Copy, tag: string): Promise<void> {
  const { client, from, to } = copy;
  const digest = await headManifest(client, from, tag);
  if (digest === undefined || (await headManifest(client, to, tag)) !== undefined) return;
  await copyManifest(copy, digest);
  const manifest = await getManifest(client, from, digest);
  if (manifest === undefined) return;
  await putManifest(to, tag, manifest, copy);
  noteDigestTags(client, to);
}

// Makes one blob present in another repository with the fewest bytes moved: by mount, else through us in constant memory.

/** Tries of one blob, each going on where the last one broke off. The calls in it are made once, so that these are all. */
const TRIES = 5;

/** A blob that is there already costs one call. */
async function copyBlob(
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
function missingContent(from: RepositoryName, digest: string): PipelineError {
  return new PipelineError(
    ERROR_NAMES.registry,
    `${from.host}/${from.repository} has no ${digest}, which a manifest there refers to; build the image again`,
  );
}
