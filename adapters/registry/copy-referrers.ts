/** What is about a manifest goes where the manifest goes: referrers, and the tags by which cosign finds its own. */
import type { RepositoryName } from '../../core/ports';
import type { CopyDependencies } from './copy-blob';
import { getManifest, headManifest } from './manifests';
import { putManifest } from './put-manifest';
import { listReferrers, referrersTag } from './referrers';

/** Tags made of the digest and one of these (sigstore/cosign, "Signature Specification"). */
const COSIGN_TAGS = ['.sig', '.att', '.sbom'];

/** Copies one manifest by digest, with all below it and all about it. */
type CopyManifest = (digest: string) => Promise<void>;

/** Copies everything that is about the digest. A tag that `to` has already stays as it is. */
export async function copyReferrers(
  from: RepositoryName,
  to: RepositoryName,
  digest: string,
  copyManifest: CopyManifest,
  dependencies: CopyDependencies,
): Promise<void> {
  const [referrers] = await Promise.all([
    listReferrers(dependencies.client, from, digest),
    ...COSIGN_TAGS.map((end) => copyTag(from, to, `${referrersTag(digest)}${end}`, copyManifest, dependencies)),
  ]);
  // One after the other: where the registry keeps no list, each of them adds itself to one tag.
  for (const { digest: referrer } of referrers) {
    // A list may name what was deleted since.
    if ((await headManifest(dependencies.client, from, referrer)) !== undefined) await copyManifest(referrer);
  }
}

async function copyTag(
  from: RepositoryName,
  to: RepositoryName,
  tag: string,
  copyManifest: CopyManifest,
  dependencies: CopyDependencies,
): Promise<void> {
  const { client } = dependencies;
  const digest = await headManifest(client, from, tag);
  if (digest === undefined || (await headManifest(client, to, tag)) !== undefined) return;
  await copyManifest(digest);
  const manifest = await getManifest(client, from, digest);
  if (manifest !== undefined) await putManifest(to, tag, manifest, dependencies);
}
