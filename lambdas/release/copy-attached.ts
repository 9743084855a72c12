/** Copies signatures and statements of an image into another repository that has the image already. */
import { readManifestLinks } from '../../core/image/manifest';
import type { ImageRegistry, Referrer, RepositoryName } from '../../core/ports/registry';
import { fullStatements } from '../../core/signing/attach-place';
import { BUNDLE_TYPE } from '../../core/signing/bundle';

/** Copies what is missing there, with the statements that refer to statements. A copy of the image itself brings all that refers to it, so this is for an image that got a further version. */
export async function copyAttached(
  from: RepositoryName,
  to: RepositoryName,
  digest: string,
  registry: ImageRegistry,
): Promise<void> {
  const referrers = await copyReferrers(from, to, digest, registry);
  for (const { digest: statement } of fullStatements(referrers)) await copyReferrers(from, to, statement, registry);
}

/** Returns what refers to the digest in the repository to copy from. */
async function copyReferrers(
  from: RepositoryName,
  to: RepositoryName,
  digest: string,
  registry: ImageRegistry,
): Promise<readonly Referrer[]> {
  const [wanted, present] = await Promise.all([registry.referrers(from, digest), registry.referrers(to, digest)]);
  const there = new Set(present.map((referrer) => referrer.digest));
  for (const referrer of wanted) {
    if (referrer.artifactType !== BUNDLE_TYPE || there.has(referrer.digest)) continue;
    const artifact = await registry.get(from, referrer.digest);
    // A list may name what was deleted since.
    if (artifact === undefined) continue;
    const { blobs } = readManifestLinks(artifact.bytes, artifact.mediaType);
    const bytes = await Promise.all(blobs.map((blob) => registry.blob(from, blob.digest)));
    await Promise.all(bytes.map((each) => each && registry.putBlob(to, each)));
    await registry.put(to, artifact.digest, artifact);
  }
  return wanted;
}
