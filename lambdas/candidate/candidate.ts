/** The candidate step: sees that an image that was just built is there, and keeps its manifests, so that no release has to pull them. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { CandidateRequest, CandidateResult } from '../../core/contract/job';
import { readManifestLinks } from '../../core/image/manifest';
import { parseReference } from '../../core/image/reference';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import { findManifest, type ManifestSources } from '../release/find-manifest';

/** Throws `ImageMissing` if the registry has no such candidate, or lacks an image that it lists. */
export async function candidateStep(
  { candidate }: CandidateRequest,
  shelves: ManifestSources,
): Promise<CandidateResult> {
  const { host, repository, tag = '' } = parseReference(candidate);
  const manifest = await keep({ host, repository }, tag, shelves);
  return { digest: manifest.digest };
}

/** Children, too: an index is released with all that it lists. */
async function keep(name: RepositoryName, reference: string, shelves: ManifestSources): Promise<Manifest> {
  const manifest = await findManifest(name, reference, shelves);
  if (manifest === undefined) {
    const message = `the build ended well, but ${name.host}/${name.repository} has no ${reference}; start the run again`;
    throw new PipelineError(ERROR_NAMES.imageMissing, message);
  }
  const { manifests } = readManifestLinks(manifest.bytes, manifest.mediaType);
  await Promise.all(manifests.map(({ digest }) => keep(name, digest, shelves)));
  return manifest;
}
