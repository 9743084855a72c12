/** What is about a manifest goes where the manifest goes: referrers, and the tags by which cosign finds its own. */
import { type Copy, copyManifest } from './copy-manifest';
import { digestTag, mayHaveDigestTags, noteDigestTags } from './digest-tags';
import { getManifest, headManifest } from './manifests';
import { putManifest } from './put-manifest';
import { listReferrers } from './referrers';

/** Tags made of the digest and one of these (sigstore/cosign, "Signature Specification"). */
const COSIGN_TAGS = ['.sig', '.att', '.sbom'];

/** Copies everything that is about the digest. A tag that the destination has already stays as it is. */
export async function copyReferrers(copy: Copy, digest: string): Promise<void> {
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
