/** Copies what a manifest refers to into another repository, children before parents, so that no registry ever refuses one. */
import { readManifestLinks } from '../../core/image/manifest-links';
import type { Manifest, RepositoryName } from '../../core/ports';
import { type CopyDependencies, copyBlob, missingContent } from './copy-blob';
import { copyReferrers } from './copy-referrers';
import { getManifest, headManifest } from './manifests';
import { putManifest } from './put-manifest';

/** Indexes within indexes, and referrers of referrers, may go this deep. */
const DEEPEST = 8;

interface Copy extends CopyDependencies {
  readonly from: RepositoryName;
  readonly to: RepositoryName;
}

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
  const copy = { ...dependencies, from, to };
  // A registry takes a manifest only after its content, so whoever has the one has the other.
  if (await isThere(copy, manifest.digest)) return;
  await copyAround(copy, manifest, 0);
}

async function copyAround(copy: Copy, manifest: Manifest, depth: number): Promise<void> {
  if (depth > DEEPEST) throw new Error(`manifests within or about ${DEEPEST} others are no image`);
  const { from, to } = copy;
  const links = readManifestLinks(manifest.bytes, manifest.mediaType);
  const deeper = (digest: string) => copyManifest(copy, digest, depth + 1);
  await all([
    ...links.manifests.map((child) => deeper(child.digest)),
    ...links.blobs.map((blob) => copyBlob(from, to, blob, copy)),
    // A referrer may come before what it is about (distribution-spec, "Pushing Manifests with Subject").
    copyReferrers(from, to, manifest.digest, deeper, copy),
  ]);
}

async function copyManifest(copy: Copy, digest: string, depth: number): Promise<void> {
  if (await isThere(copy, digest)) return;
  const child = await getManifest(copy.client, copy.from, digest);
  if (child === undefined) throw missingContent(copy.from, digest);
  await copyAround(copy, child, depth);
  await putManifest(copy.to, digest, child, copy);
}

async function isThere({ client, to }: Copy, digest: string): Promise<boolean> {
  return (await headManifest(client, to, digest)) === digest;
}

/** Lets every part end before it throws, so that nothing goes on behind the caller's back. */
async function all(parts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
