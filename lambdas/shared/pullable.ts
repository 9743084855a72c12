/** Finds out whether an image can be pulled: the manifest and, of an index, every image that it lists. */
import { readManifestLinks } from '../../core/image/manifest';
import type { RepositoryName } from '../../core/ports/registry';
import { findManifest, type ManifestSources } from '../release/find-manifest';

/** Why the image cannot be pulled as recorded; undefined if it can. `reference` is a tag, `digest` what it is recorded to be. */
export async function whyNotPullable(
  name: RepositoryName,
  reference: string,
  digest: string,
  shelves: ManifestSources,
): Promise<string | undefined> {
  const place = `${name.host}/${name.repository}`;
  const found = await shelves.registry.head(name, reference);
  if (found === undefined) return `${place} has no ${reference}`;
  if (found !== digest) return `${place}:${reference} is ${found}, and was recorded as ${digest}`;
  const missing = await missingPart(name, digest, shelves);
  return missing === undefined ? undefined : `${place}:${reference} lacks its part ${missing}`;
}

async function missingPart(
  name: RepositoryName,
  digest: string,
  shelves: ManifestSources,
): Promise<string | undefined> {
  const manifest = await findManifest(name, digest, shelves);
  if (manifest === undefined) return digest;
  for (const child of readManifestLinks(manifest.bytes, manifest.mediaType).manifests) {
    const missing = await missingPart(name, child.digest, shelves);
    if (missing !== undefined) return missing;
  }
  return undefined;
}
