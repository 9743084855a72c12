/** What is about a manifest goes where the manifest goes: referrers, and the tags by which cosign finds its own. */
import { type Copy, copyManifest } from './copy-manifest';
import { getManifest, headManifest } from './manifests';
import { putManifest } from './put-manifest';
import { listReferrers, referrersTag } from './referrers';

/** Tags made of the digest and one of these (sigstore/cosign, "Signature Specification"). */
const COSIGN_TAGS = ['.sig', '.att', '.sbom'];

/** Copies everything that is about the digest. A tag that the destination has already stays as it is. */
export async function copyReferrers(copy: Copy, digest: string): Promise<void> {
  const [referrers] = await Promise.all([
    listReferrers(copy.client, copy.from, digest),
    ...COSIGN_TAGS.map((end) => copyTag(copy, `${referrersTag(digest)}${end}`)),
  ]);
  // One after the other: where the registry keeps no list, each of them adds itself to one tag.
  for (const { digest: referrer } of referrers) {
    // A list may name what was deleted since.
    if ((await headManifest(copy.client, copy.from, referrer)) !== undefined) await copyManifest(copy, referrer);
  }
}

async function copyTag(copy: Copy, tag: string): Promise<void> {
  const { client, from, to } = copy;
  const digest = await headManifest(client, from, tag);
  if (digest === undefined || (await headManifest(client, to, tag)) !== undefined) return;
  await copyManifest(copy, digest);
  const manifest = await getManifest(client, from, digest);
  if (manifest !== undefined) await putManifest(to, tag, manifest, copy);
}
