/** Copies all that belongs to a manifest into another repository: what it refers to, then what refers to it. */
import type { Manifest, RepositoryName } from '../../core/ports';
import { type CopyDependencies, copyLinks, isThere, startCopy } from './copy-manifest';
import { copyReferrers } from './copy-referrers';

/**
 * Everything below the manifest and about it, but not the manifest itself, which its caller puts last. One call if the repository
 * has the manifest already.
 */
export async function copyContent(
  from: RepositoryName,
  to: RepositoryName,
  manifest: Manifest,
  dependencies: CopyDependencies,
): Promise<void> {
  if (from.host === to.host && from.repository === to.repository) return;
  const copy = startCopy(from, to, dependencies);
  // A registry takes a manifest only after its content, so whoever has the one has the other.
  if (await isThere(copy, manifest.digest)) return;
  copy.copied.add(manifest.digest);
  await copyLinks(copy, manifest, 0);

  // Signatures of signatures, too. A registry takes a referrer before what it is about ("Pushing Manifests with Subject").
  const seen = new Set<string>();
  for (;;) {
    const wave = [...copy.copied].filter((digest) => !seen.has(digest));
    if (wave.length === 0) return;
    for (const digest of wave) seen.add(digest);
    await Promise.all(wave.map((digest) => copyReferrers(copy, digest)));
  }
}
