/**
 * Images that the build starts from or copies from. A Dockerfile names them by a tag, which may be of any age; the build must get what
 * the plan was made with: of ours the very content of the input digest, of others the very manifest that the plan step saw.
 */
import { InvalidInputError } from '../../core/contract/errors';
import { candidateTag, contentTag } from '../../core/contract/keys';
import { isPinned, repositoryOf } from '../../core/dockerfile/evaluate/stages';
import { isDigest, parseReference, printReference } from '../../core/image/reference';
import { ownImages } from '../../core/planning/own-images';
import type { JobEnvironment, Mirrors } from './job-environment';
import type { JobSource } from './read-source';

/** `name` is what the Dockerfile says, `from` the reference to pull, `otherwise` what to pull if that does not work. */
interface BaseImage {
  readonly name: string;
  readonly from: string;
  readonly otherwise: string;
}

/** Images to be pulled before the build. Throws `InvalidInput` if one of ours is used under a name that cannot be found. */
export function findBaseImages(source: JobSource, job: JobEnvironment): readonly BaseImage[] {
  const needed = source.inputs.get(job.service)?.images ?? [];
  const ours = ownImages(source.catalog, job.releases);
  const names = source.imageNames(job.service).filter((name) => !isPinned(name));
  const missing = needed.filter((service) => !names.some((name) => ours.get(repositoryOf(name)) === service));
  if (missing.length > 0) {
    const message = `is built from the image of ${missing.join(', ')} under a name that only the build knows; write it out in FROM or --from`;
    throw new InvalidInputError('the image cannot be built', [{ path: `services.${job.service}`, message }]);
  }
  const digests = new Map(Object.entries(job.bases.digests));
  return names.flatMap((name): BaseImage[] => {
    const service = ours.get(repositoryOf(name));
    if (service !== undefined) return [{ name, ...placesOf(service, source, job) }];
    const digest = digests.get(name);
    return digest === undefined ? [] : [pinned(name, digest, job.mirrors)];
  });
}

/** At its mirror, else at its host; where there is no mirror, a pull that failed for a moment is tried once more. */
function pinned(name: string, digest: string, mirrors: Mirrors): BaseImage {
  const { host, repository } = parseReference(name);
  const otherwise = printReference({ host, repository, digest });
  return { name, from: mirrored(otherwise, mirrors) ?? otherwise, otherwise };
}

/** Where the plan has the image. Without a word of the plan: where its content is if it was built, or released. */
function placesOf(service: string, { catalog, inputs }: JobSource, job: JobEnvironment): Omit<BaseImage, 'name'> {
  const inputDigest = inputs.get(service)?.inputDigest ?? '';
  const { host, repository } = parseReference(job.candidate);
  const candidate = (tag: string) => printReference({ host, repository, tag });
  const image = catalog.services.find(({ name }) => name === service)?.image ?? service;
  const released = (reference: string) => `${job.releases}/${image}${isDigest(reference) ? '@' : ':'}${reference}`;
  const byContent = released(contentTag(inputDigest));

  const planned = new Map(Object.entries(job.bases.images)).get(service);
  if (planned === undefined) return { from: candidate(candidateTag(service, inputDigest)), otherwise: byContent };
  if (planned.kind === 'released') return { from: released(planned.reference), otherwise: byContent };
  // Only this build has the base images that the plan wants.
  return { from: candidate(planned.tag), otherwise: candidate(planned.tag) };
}

// Pulling through a mirror: Docker Hub counts pulls by address, and build machines share theirs with strangers.

/** The reference on its host's mirror, in full; undefined if there is none. */
export function mirrored(reference: string, mirrors: Mirrors): string | undefined {
  const { host, ...rest } = parseReference(reference);
  const mirror = new Map(Object.entries(mirrors)).get(host);
  return mirror === undefined ? undefined : printReference({ host: mirror, ...rest });
}

/**
 * BuildKit's configuration for all that it pulls on its own: base images that the plan does not know, `# syntax=` frontends, the scanner
 * of the SBOM. Where a mirror does not answer, BuildKit goes to the host itself (docs.docker.com, "Configure BuildKit").
 */
export function mirrorConfig(mirrors: Mirrors): string {
  const tables = Object.entries(mirrors).map(
    ([host, mirror]) => `[registry.${JSON.stringify(host)}]\n  mirrors = [${JSON.stringify(mirror)}]\n`,
  );
  return tables.join('');
}
