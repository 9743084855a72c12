/** Copies everything that belongs to a manifest into another repository: what it refers to, then what refers to it. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { Manifest, ManifestsByDigest, RepositoryName } from '../../core/ports/registry';
import { pull, push } from './client/authorizer';
import { copyBlob, type TransferDependencies } from './copy-blob';
import { fetchManifest, headManifest, linksOf } from './manifests';
import { putManifest } from './put';
import { digestTag, listReferrers, mayHaveDigestTags, noteDigestTags } from './referrers';

interface CopyDependencies extends TransferDependencies {
  /** Returns manifests that need not be pulled. */
  readonly kept?: ManifestsByDigest | undefined;
}

/** One copy on its way. */
interface Copy extends CopyDependencies {
  readonly from: RepositoryName;
  readonly to: RepositoryName;
  /**
   * Parts that were begun, by digest. Children share layers, and each is copied once. If a layer is linked again while a manifest is put,
   * docker-registry 2.8 reads a half-written link and answers DIGEST_INVALID.
   */
  readonly begun: Map<string, Promise<void>>;
  /** Digests of the manifest to be copied, and of those below and about it. */
  readonly copied: Set<string>;
}

/** Indexes within indexes may go this deep. */
const DEEPEST = 8;

/** Copies everything below the manifest and about it. The caller puts the manifest itself last. One call if the repository has it already. */
export async function copyContent(
  from: RepositoryName,
  to: RepositoryName,
  manifest: Manifest,
  dependencies: CopyDependencies,
): Promise<void> {
  if (from.host === to.host && from.repository === to.repository) return;
  const copy: Copy = { ...dependencies, from, to, begun: new Map(), copied: new Set([manifest.digest]) };
  // A registry takes a manifest only after its content, so one that has the manifest has the content.
  if (await isPresent(copy, manifest.digest)) return;
  await copyLinks(copy, manifest, 0);

  // Referrers of referrers, too. A registry takes a referrer before its subject ("Pushing Manifests with Subject").
  const seen = new Set<string>();
  for (;;) {
    const wave = [...copy.copied].filter((digest) => !seen.has(digest));
    if (wave.length === 0) return;
    for (const digest of wave) seen.add(digest);
    await Promise.all(wave.map((digest) => copyReferrers(copy, digest)));
  }
}

/** Copies the manifest and everything below it, once; children before parents. Throws `RegistryError` if the source does not have it. */
function copyManifest(copy: Copy, digest: string, depth = 0): Promise<void> {
  return once(copy, digest, async () => {
    // Noted even if it is present: an earlier run may have ended before it copied the referrers.
    copy.copied.add(digest);
    if (await isPresent(copy, digest)) return;
    const manifest = (await copy.kept?.(digest)) ?? (await fetchManifest(copy.client, copy.from, digest));
    if (manifest === undefined) {
      const source = `${copy.from.host}/${copy.from.repository}`;
      const message = `${source} has no ${digest}, which a manifest there refers to; build the image again`;
      throw new PipelineError(ERROR_NAMES.registry, message);
    }
    await copyLinks(copy, manifest, depth);
    await putManifest(copy.to, digest, manifest, copy);
  });
}

async function copyLinks(copy: Copy, manifest: Manifest, depth: number): Promise<void> {
  if (depth > DEEPEST) throw new Error(`an index within ${DEEPEST} others is no image`);
  const { manifests, blobs } = linksOf(manifest);
  await settleAll([
    ...manifests.map((child) => copyManifest(copy, child.digest, depth + 1)),
    ...blobs.map((blob) => once(copy, blob.digest, () => copyBlob(copy.from, copy.to, blob, copy))),
  ]);
}

/** True if the destination has the manifest. The token for this allows the mounts, too, so that they need no other. */
async function isPresent({ client, from, to }: Copy, digest: string): Promise<boolean> {
  const scopes = from.host === to.host ? { scopes: [push(to.repository), pull(from.repository)] } : {};
  return (await headManifest(client, to, digest, scopes)) === digest;
}

function once({ begun }: Copy, digest: string, work: () => Promise<void>): Promise<void> {
  const running = begun.get(digest) ?? work();
  begun.set(digest, running);
  return running;
}

/** Lets every part end before it throws, so that nothing continues in the background. */
async function settleAll(parts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Tags made of the digest and one of these (sigstore/cosign, "Signature Specification"). */
const COSIGN_TAGS = ['.sig', '.att', '.sbom'];

/** Copies everything that is about the digest: referrers, and cosign's tags. A tag that the destination has already is kept. */
async function copyReferrers(copy: Copy, digest: string): Promise<void> {
  const { client, from } = copy;
  const [referrers] = await Promise.all([listReferrers(client, from, digest), copyCosignTags(copy, digest)]);
  // One after the other: in a registry without the referrers API, each of them adds itself to one tag.
  for (const { digest: referrer } of referrers) {
    // A list may name a manifest that was deleted since.
    if ((await headManifest(client, from, referrer)) !== undefined) await copyManifest(copy, referrer);
  }
}

async function copyCosignTags(copy: Copy, digest: string): Promise<void> {
  if (!(await mayHaveDigestTags(copy.client, copy.from))) return;
  await Promise.all(COSIGN_TAGS.map((end) => copyTag(copy, `${digestTag(digest)}${end}`)));
}

async function copyTag(copy: Copy, tag: string): Promise<void> {
  const { client, from, to } = copy;
  const digest = await headManifest(client, from, tag);
  if (digest === undefined || (await headManifest(client, to, tag)) !== undefined) return;
  await copyManifest(copy, digest);
  const manifest = await fetchManifest(client, from, digest);
  if (manifest === undefined) return;
  await putManifest(to, tag, manifest, copy);
  noteDigestTags(client, to);
}
