/** Chooses between Docker's two builders, and returns the arguments for BuildKit: its container, cache, attestations and emulation. */
import type { Service } from '../../core/catalog/model';
import { InvalidInputError } from '../../core/contract/errors';
import type { BuildImages } from '../../core/image/build-images';
import { parseReference } from '../../core/image/reference';
import { RELEASE_SCOPE } from '../../core/planning/build-jobs';
import { mirrored } from './base-images';
import type { JobEnvironment } from './job-environment';

/** A service's build caches in a registry. */
interface BuildCache {
  /** `host/repository`. */
  readonly repository: string;
  /** The scope whose cache is written. The cache of releases is read, too. */
  readonly scope: string;
  readonly service: string;
}

/** Returns the arguments of `docker buildx create`. `configFile` is BuildKit's configuration. */
export function builderArguments(
  { candidate, mirrors, buildImages }: Pick<JobEnvironment, 'candidate' | 'mirrors' | 'buildImages'>,
  configFile: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  const { buildkit } = buildImages;
  const [host = ''] = parseReference(candidate).host.split(':');
  // A registry on this machine cannot be reached from the container's own network.
  const isHere = host === 'localhost' || host.startsWith('127.');
  return [
    '--driver=docker-container',
    `--driver-opt=image=${mirrored(buildkit, mirrors) ?? buildkit}`,
    ...(isHere ? ['--driver-opt=network=host'] : []),
    ...proxyOptions(env),
    `--buildkitd-config=${configFile}`,
    '--bootstrap',
  ];
}

/** BuildKit has an environment of its own. An option is a line of CSV, so that one with commas is in quotes (buildx documentation, "env"). */
function proxyOptions(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return ['HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => {
    const value = env[name] ?? '';
    return value === '' ? [] : [`--driver-opt="env.${name}=${value}"`];
  });
}

/**
 * Returns the options of `docker buildx build` beyond `buildArguments`. The image is pushed as an index with its attestations. A cache that
 * cannot be written does not fail the build. `noCache` reads no cache, and writes a new one. BuildKit pulls the scanner itself, from its mirrors.
 */
export function buildkitOptions(
  cache: BuildCache | undefined,
  noCache: boolean,
  { sbomScanner }: Pick<BuildImages, 'sbomScanner'>,
): readonly string[] {
  return [
    ...(cache === undefined ? [] : cacheOptions(cache, noCache)),
    '--provenance=mode=max',
    `--attest=type=sbom,generator=${sbomScanner}`,
    '--push',
  ];
}

/** Returns the options of the cache. ECR accepts it as an image manifest only: https://github.com/aws/containers-roadmap/issues/876 */
function cacheOptions({ repository, scope, service }: BuildCache, noCache: boolean): readonly string[] {
  const place = (of: string) => `type=registry,ref=${repository}:${cacheTag(of, service)}`;
  const read = noCache ? [] : [...new Set([scope, RELEASE_SCOPE])];
  return [
    ...read.map((of) => `--cache-from=${place(of)}`),
    `--cache-to=${place(scope)},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`,
  ];
}

/** Returns the tag of a cache. It differs from a candidate's tag, which ends with 40 hex digits. */
function cacheTag(scope: string, service: string): string {
  return `${service}.cache-${scope}`;
}

/** Returns the arguments of `docker run` that prepare the machine for other CPUs; none if the service is built for its own only. */
export function emulationArguments(
  { platforms }: Pick<Service, 'platforms'>,
  { mirrors, buildImages: { emulators } }: Pick<JobEnvironment, 'mirrors' | 'buildImages'>,
  ownCpu: string,
): readonly string[] {
  const own = ownCpu === 'x64' ? 'amd64' : ownCpu;
  const cpus = new Set(platforms.map((platform) => platform.split('/')[1] ?? ''));
  // amd64 runs programs for 386, too.
  const foreign = [...cpus].filter((cpu) => cpu !== own && !(own === 'amd64' && cpu === '386'));
  if (foreign.length === 0) return [];
  return ['--privileged', '--rm', mirrored(emulators, mirrors) ?? emulators, '--install', foreign.join(',')];
}

/**
 * `engine` is the builder in the Docker engine, which keeps layers on its machine and builds for one platform. `buildkit` is BuildKit in a
 * separate container, which needs the plug-in buildx. It can keep its cache in a registry, add attestations and build for several platforms.
 */
type Builder = 'engine' | 'buildkit';

/** The facts that decide between the builders. */
interface BuilderNeeds {
  readonly service: Pick<Service, 'name' | 'platforms' | 'contexts'>;
  /** True if the project keeps build caches in a registry, because its machines are removed after a job. */
  readonly remoteCache: boolean;
  /** True if the Docker client has the plug-in. */
  readonly hasBuildx: boolean;
}

/** Returns the builder, and the reason for the log. Throws `InvalidInput` if no builder of this machine can build the image. */
export function chooseBuilder({ service, remoteCache, hasBuildx }: BuilderNeeds): { builder: Builder; why: string } {
  const platforms = service.platforms.join(' and ');
  if (!hasBuildx && Object.keys(service.contexts ?? {}).length > 0) {
    const message = `are named contexts, which take buildx, and this machine's Docker client does not have it; install the plug-in docker-buildx`;
    throw new InvalidInputError('the image cannot be built', [{ path: `services.${service.name}.contexts`, message }]);
  }
  if (service.platforms.length > 1) {
    if (hasBuildx) return { builder: 'buildkit', why: `the image is for ${platforms}` };
    const message = `asks for ${platforms}, which takes buildx, and this machine's Docker client does not have it; install the plug-in docker-buildx, or leave one platform in the catalog`;
    throw new InvalidInputError('the image cannot be built', [{ path: `services.${service.name}.platforms`, message }]);
  }
  if (!remoteCache) return { builder: 'engine', why: 'it keeps its own cache on this machine' };
  if (hasBuildx) return { builder: 'buildkit', why: 'the build cache is in the registry' };
  const why = 'the Docker client has no buildx; there is no build cache, no SBOM and no provenance for this image';
  return { builder: 'engine', why };
}
