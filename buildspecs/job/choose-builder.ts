/** Which of Docker's two builders makes an image. */
import type { Service } from '../../core/catalog/catalog';
import { InvalidInputError } from '../../core/errors';

/**
 * `engine`: the one within the Docker engine, which keeps layers on its machine and makes images for one platform. `buildkit`: BuildKit in a
 * container of its own, by the plug-in buildx; it can keep its cache in a registry, add attestations and build for several platforms.
 */
export type Builder = 'engine' | 'buildkit';

/** What the choice hangs on. */
export interface BuilderNeeds {
  readonly service: Pick<Service, 'name' | 'platforms'>;
  /** True if the project keeps build caches in a registry, as machines do that are thrown away after a job. */
  readonly remoteCache: boolean;
  /** True if the Docker client has the plug-in. */
  readonly hasBuildx: boolean;
}

/** The builder, and why for the log. Throws `InvalidInput` if no builder of this machine can make the image. */
export function chooseBuilder({ service, remoteCache, hasBuildx }: BuilderNeeds): { builder: Builder; why: string } {
  const platforms = service.platforms.join(' and ');
  if (service.platforms.length > 1) {
    if (hasBuildx) return { builder: 'buildkit', why: `the image is for ${platforms}` };
    const message = `asks for ${platforms}, which takes buildx, and this machine's Docker client does not have it; install the plug-in docker-buildx, or leave one platform in the catalog`;
    throw new InvalidInputError('the image cannot be built', [{ path: `services.${service.name}.platforms`, message }]);
  }
  if (!remoteCache) return { builder: 'engine', why: 'it keeps its own cache on this machine' };
  if (hasBuildx) return { builder: 'buildkit', why: 'the build cache lies in the registry' };
  const why = 'the Docker client has no buildx; there is no build cache, no SBOM and no provenance for this image';
  return { builder: 'engine', why };
}
