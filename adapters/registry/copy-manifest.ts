/** Copies manifests by digest, children before parents, so that no registry ever refuses one. */
import type { Manifest, ManifestsByDigest, RepositoryName } from '../../core/ports';
import { copyBlob, missingContent } from './copy-blob';
import { linksOf } from './links-of';
import { getManifest, headManifest } from './manifests';
import { putManifest } from './put-manifest';
import type { TransferDependencies } from './steady-download';

/** Indexes within indexes may go this deep. */
const DEEPEST = 8;

export interface CopyDependencies extends TransferDependencies {
  /** Manifests that need not be pulled. */
  readonly kept?: ManifestsByDigest | undefined;
}

/** One copy on its way. */
export interface Copy extends CopyDependencies {
  readonly from: RepositoryName;
  readonly to: RepositoryName;
  /**
   * What was begun, by digest. Children share layers, and each is copied once: docker-registry 2.8, told to link one again while a
   * manifest is put, reads a half-written link and answers DIGEST_INVALID.
   */
  readonly begun: Map<string, Promise<void>>;
  /** Manifests below or about the one to be copied, and that one. */
  readonly copied: Set<string>;
}

/** A copy that has not begun. */
export function startCopy(from: RepositoryName, to: RepositoryName, dependencies: CopyDependencies): Copy {
  return { ...dependencies, from, to, begun: new Map(), copied: new Set() };
}

/** The manifest and everything below it, once. Throws `RegistryError` if the source does not have it. */
export function copyManifest(copy: Copy, digest: string, depth = 0): Promise<void> {
  return once(copy, digest, async () => {
    // Also if it is there: an earlier run may have ended before it came to what is about it.
    copy.copied.add(digest);
    if (await isThere(copy, digest)) return;
    const manifest = (await copy.kept?.(digest)) ?? (await getManifest(copy.client, copy.from, digest));
    if (manifest === undefined) throw missingContent(copy.from, digest);
    await copyLinks(copy, manifest, depth);
    await putManifest(copy.to, digest, manifest, copy);
  });
}

/** Everything below the manifest. */
export async function copyLinks(copy: Copy, manifest: Manifest, depth: number): Promise<void> {
  if (depth > DEEPEST) throw new Error(`an index within ${DEEPEST} others is no image`);
  const { manifests, blobs } = linksOf(manifest);
  await all([
    ...manifests.map((child) => copyManifest(copy, child.digest, depth + 1)),
    ...blobs.map((blob) => once(copy, blob.digest, () => copyBlob(copy.from, copy.to, blob, copy))),
  ]);
}

/** True if the destination has the manifest. */
export async function isThere({ client, to }: Copy, digest: string): Promise<boolean> {
  return (await headManifest(client, to, digest)) === digest;
}

function once({ begun }: Copy, digest: string, work: () => Promise<void>): Promise<void> {
  const running = begun.get(digest) ?? work();
  begun.set(digest, running);
  return running;
}

/** Lets every part end before it throws, so that nothing goes on behind the caller's back. */
async function all(parts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
