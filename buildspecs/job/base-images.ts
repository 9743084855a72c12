/**
 * Images of the catalog that another image of it is built from. A Dockerfile names them by a tag, which may be of any age; the build
 * must get the very content that its input digest was computed with.
 */
import { InvalidInputError } from '../../core/errors';
import { parseReference, printReference } from '../../core/image/reference';
import { isPinned, repositoryOf } from '../../core/inputs/dockerfile/image-name';
import { candidateTag, contentTag } from '../../core/keys';
import { ownImages } from '../../core/plan/own-images';
import type { JobEnvironment } from './job-environment';
import type { JobSource } from './read-source';

/** `name` is what the Dockerfile says; `candidate` and `released` are where that content is if it was built, or released. */
export interface BaseImage {
  readonly name: string;
  readonly candidate: string;
  readonly released: string;
}

/** Base images of the job's service. Throws `InvalidInput` if one of them is used under a name that cannot be found. */
export function findBaseImages(source: JobSource, job: JobEnvironment): readonly BaseImage[] {
  const needed = source.inputs.get(job.service)?.images ?? [];
  if (needed.length === 0) return [];
  const ours = ownImages(source.catalog, job.releases);
  const names = source.imageNames(job.service).filter((name) => !isPinned(name));
  const missing = needed.filter((service) => !names.some((name) => ours.get(repositoryOf(name)) === service));
  if (missing.length > 0) {
    const message = `is built from the image of ${missing.join(', ')} under a name that only the build knows; write it out in FROM or --from`;
    throw new InvalidInputError('the image cannot be built', [{ path: `services.${job.service}`, message }]);
  }
  return names.flatMap((name) => {
    const service = ours.get(repositoryOf(name));
    return service === undefined ? [] : [baseImage(name, service, source, job)];
  });
}

function baseImage(name: string, base: string, { catalog, inputs }: JobSource, job: JobEnvironment): BaseImage {
  const inputDigest = inputs.get(base)?.inputDigest ?? '';
  const { host, repository } = parseReference(job.candidate);
  const image = catalog.services.find((service) => service.name === base)?.image ?? base;
  return {
    name,
    candidate: printReference({ host, repository, tag: candidateTag(base, inputDigest) }),
    released: `${job.releases}/${image}:${contentTag(inputDigest)}`,
  };
}
