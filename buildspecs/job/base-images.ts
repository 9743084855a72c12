/**
 * Images that the build starts from or copies from. A Dockerfile names them by tags, which may have moved since the plan. The build must
 * get the images of the plan: of the catalog's images the content of the input digest, of others the manifest that the plan resolved.
 */
import { InvalidInputError } from '../../core/contract/errors';
import { candidateTag, contentTag } from '../../core/contract/keys';
import { isPinned, repositoryOf } from '../../core/dockerfile/evaluate/stages';
import { isDigest, parseReference, printReference } from '../../core/image/reference';
import type { JobEnvironment, Mirrors } from './job-environment';
import type { JobSource } from './read-source';

/** `name` is the name in the Dockerfile, `from` the reference to pull, `otherwise` the one to pull if that fails. */
interface BaseImage {
  readonly name: string;
  readonly from: string;
  readonly otherwise: string;
}

/** Returns the images to pull before the build. Throws `InvalidInput` if only the build knows the name of an image of the catalog. */
export function findBaseImages(source: JobSource, job: JobEnvironment): readonly BaseImage[] {
  const needed = source.inputs.get(job.service)?.images ?? [];
  const ours = source.ownImages;
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

/** Returns the image at its mirror or, if that fails, at its host. Without a mirror, the second pull is a retry. */
function pinned(name: string, digest: string, mirrors: Mirrors): BaseImage {
  const { host, repository } = parseReference(name);
  const otherwise = printReference({ host, repository, digest });
  return { name, from: mirrored(otherwise, mirrors) ?? otherwise, otherwise };
}

/** Returns the place that the plan has for the image. If the plan has none, its content is looked for among candidates and releases. */
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
  // Only this candidate has the base images of the plan.
  return { from: candidate(planned.tag), otherwise: candidate(planned.tag) };
}

/** Returns the reference on the mirror of its host, or undefined. Docker Hub counts pulls by address, and build machines share theirs. */
export function mirrored(reference: string, mirrors: Mirrors): string | undefined {
  const { host, ...rest } = parseReference(reference);
  const mirror = new Map(Object.entries(mirrors)).get(host);
  return mirror === undefined ? undefined : printReference({ host: mirror, ...rest });
}

/**
 * Returns BuildKit's configuration for everything that it pulls itself: base images that the plan does not know, `# syntax=` frontends, and
 * the scanner of the SBOM. If a mirror does not answer, BuildKit asks the host itself (docs.docker.com, "Configure BuildKit").
 */
export function mirrorConfig(mirrors: Mirrors): string {
  const tables = Object.entries(mirrors).map(
    ([host, mirror]) => `[registry.${JSON.stringify(host)}]\n  mirrors = [${JSON.stringify(mirror)}]\n`,
  );
  return tables.join('');
}
