/** Copies what a manifest refers to into another repository, children before parents, so that no registry ever refuses one. */
import { readManifestLinks } from '../../core/image/manifest-links';
import type { Manifest, RepositoryName } from '../../core/ports';
import { type CopyDependencies, copyBlob, missingContent } from './copy-blob';
import { getManifest, headManifest } from './manifests';
import { putManifest } from './put-manifest';

/** Indexes within indexes may go this deep. */
const DEEPEST = 8;

/** Everything below the manifest, but not the manifest itself. One call if the repository has the manifest already. */
export async function copyContent(
  from: RepositoryName,
  to: RepositoryName,
  manifest: Manifest,
  dependencies: CopyDependencies,
): Promise<void> {
  if (from.host === to.host && from.repository === to.repository) return;
  // A registry takes a manifest only after its content, so whoever has the one has the other.
  if (await hasManifest(to, manifest.digest, dependencies)) return;
  await copyLinks(from, to, manifest, dependencies, 0);
}

async function copyLinks(
  from: RepositoryName,
  to: RepositoryName,
  manifest: Manifest,
  dependencies: CopyDependencies,
  depth: number,
): Promise<void> {
  if (depth > DEEPEST) throw new Error(`an index within ${DEEPEST} others is no image`);
  const links = readManifestLinks(manifest.bytes, manifest.mediaType);
  await all([
    ...links.manifests.map((child) => copyManifest(from, to, child.digest, dependencies, depth + 1)),
    ...links.blobs.map((blob) => copyBlob(from, to, blob, dependencies)),
  ]);
}

async function copyManifest(
  from: RepositoryName,
  to: RepositoryName,
  digest: string,
  dependencies: CopyDependencies,
  depth: number,
): Promise<void> {
  if (await hasManifest(to, digest, dependencies)) return;
  const child = await getManifest(dependencies.client, from, digest);
  if (child === undefined) throw missingContent(from, digest);
  await copyLinks(from, to, child, dependencies, depth);
  await putManifest(to, digest, child, dependencies);
}

async function hasManifest(to: RepositoryName, digest: string, { client }: CopyDependencies): Promise<boolean> {
  return (await headManifest(client, to, digest)) === digest;
}

/** Lets every part end before it throws, so that nothing goes on behind the caller's back. */
async function all(parts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
