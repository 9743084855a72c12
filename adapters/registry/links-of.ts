/** What a manifest refers to, read once: a copy and a put ask again about what a get has just checked. */
import { type ManifestLinks, readManifestLinks } from '../../core/image/manifest-links';
import type { Manifest } from '../../core/ports';

/** By the object and not by its bytes or digest, so that a manifest that only claims to be a known one is read for itself. */
const read = new WeakMap<Manifest, ManifestLinks>();

/** As `readManifestLinks`. Throws `InvalidInput` if the manifest is none that can be copied. */
export function linksOf(manifest: Manifest): ManifestLinks {
  const links = read.get(manifest) ?? readManifestLinks(manifest.bytes, manifest.mediaType);
  read.set(manifest, links);
  return links;
}
