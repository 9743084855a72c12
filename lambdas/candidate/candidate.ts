/** The candidate step: checks that an image that was just built exists, notes its age and times, and keeps its manifests for the release. */
import { lookAgain } from '../../adapters/registry/manifests';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { BuiltCandidate, BuiltImage, CandidateRequest, CandidateResult } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import { readJobTimes } from '../../core/estimate/job-times';
import { readManifestLinks } from '../../core/image/manifest';
import { parseReference } from '../../core/image/reference';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import type { Clock } from '../../core/ports/store';
import { findManifest, type ManifestSources } from '../release/find-manifest';

export interface CandidateDependencies extends ManifestSources {
  readonly clock: Clock;
}

/**
 * Throws `ImageMissing` if the registry has no such candidate, or lacks an image that it lists. Any other error means that manifests were
 * not kept: the image stays good, and the release pulls them.
 */
export async function candidateStep(
  { run, candidate, build, sharedBy }: CandidateRequest,
  { clock, ...sources }: CandidateDependencies,
): Promise<CandidateResult> {
  const { host, repository, tag = '' } = parseReference(candidate);
  const name = { host, repository };
  const times = readJobTimes(build, sharedBy);
  const look = () => sources.registry.head(name, tag);
  // A machine that failed did not push all of its images, and what is missing is built alone at once.
  const found = sharedBy !== undefined && times === undefined ? await look() : await lookAgain(look, isMissing, clock);
  if (found === undefined) throw missing(name, tag);
  const built: BuiltCandidate = { run, builtAt: new Date(clock.now()).toISOString(), times };
  await sources.store.put(objectKeys.candidate(tag), JSON.stringify(built));
  const { digest } = await keep(name, tag, { ...sources, clock });
  const image: BuiltImage = { run };
  await sources.store.put(objectKeys.built(digest), JSON.stringify(image));
  return { digest };
}

/** Keeps the manifest and, of an index, all that it lists: they are released together. */
async function keep(name: RepositoryName, reference: string, sources: CandidateDependencies): Promise<Manifest> {
  const manifest = await lookAgain(() => findManifest(name, reference, sources), isMissing, sources.clock);
  if (manifest === undefined) throw missing(name, reference);
  const { manifests } = readManifestLinks(manifest.bytes, manifest.mediaType);
  await Promise.all(manifests.map(({ digest }) => keep(name, digest, sources)));
  return manifest;
}

/** The build has pushed it, so that a read without it may lag. */
function isMissing(found: unknown): boolean {
  return found === undefined;
}

function missing({ host, repository }: RepositoryName, reference: string): PipelineError {
  const message = `the build succeeded, but ${host}/${repository} has no ${reference}; start the run again`;
  return new PipelineError(ERROR_NAMES.imageMissing, message);
}
