/** Checks that an image can be pulled: its manifest and, of an index, every image in it. */
import { readManifestLinks } from '../../core/image/manifest';
import type { RepositoryName } from '../../core/ports/registry';
import { findManifest, type ManifestSources } from '../release/find-manifest';

/** Returns the reason why an image cannot be pulled as recorded; undefined if it can. `digest` is the recorded one of the tag. */
export async function whyNotPullable(
  name: RepositoryName,
  reference: string,
  digest: string,
  sources: ManifestSources,
): Promise<string | undefined> {
  const place = `${name.host}/${name.repository}`;
  const found = await sources.registry.head(name, reference);
  if (found === undefined) return `${place} has no ${reference}`;
  if (found !== digest) return `${place}:${reference} is ${found}, but was recorded as ${digest}`;
  const missing = await missingPart(name, digest, sources);
  return missing === undefined ? undefined : `${place}:${reference} lacks its part ${missing}`;
}

async function missingPart(
  name: RepositoryName,
  digest: string,
  sources: ManifestSources,
): Promise<string | undefined> {
  const manifest = await findManifest(name, digest, sources);
  if (manifest === undefined) return digest;
  for (const child of readManifestLinks(manifest.bytes, manifest.mediaType).manifests) {
    const missing = await missingPart(name, child.digest, sources);
    if (missing !== undefined) return missing;
  }
  return undefined;
}
