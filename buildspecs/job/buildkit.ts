/** Building with a BuildKit of the job's own: how it is made, and what it is asked for beyond what Docker's own builder does. */
import type { Service } from '../../core/catalog/catalog';
import { parseReference } from '../../core/image/reference';
import { RELEASE_SCOPE } from '../../core/plan/cache-scope';
import { type Mirrors, mirrored } from './mirrors';

/** Both run privileged, so that they are named by digest. v0.31.2, and the emulators of QEMU 10.2.3. */
const BUILDKIT = 'moby/buildkit@sha256:2f5adac4ecd194d9f8c10b7b5d7bceb5186853db1b26e5abd3a657af0b7e26ec';
const EMULATORS = 'tonistiigi/binfmt@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0';

/** A service's build caches in a registry. */
export interface BuildCache {
  /** `host/repository`. */
  readonly repository: string;
  /** Whose cache is written; that of releases is read as well. */
  readonly scope: string;
  readonly service: string;
}

/** Arguments of `docker buildx create`. `configFile` is BuildKit's configuration. */
export function builderArguments(candidate: string, mirrors: Mirrors, configFile: string): readonly string[] {
  const [host = ''] = parseReference(candidate).host.split(':');
  // A registry on this very machine is not to be seen from within a network of the container's own.
  const isHere = host === 'localhost' || host.startsWith('127.');
  return [
    '--driver=docker-container',
    `--driver-opt=image=${mirrored(BUILDKIT, mirrors) ?? BUILDKIT}`,
    ...(isHere ? ['--driver-opt=network=host'] : []),
    `--buildkitd-config=${configFile}`,
    '--bootstrap',
  ];
}

/**
 * Options of `docker buildx build` beyond `buildArguments`. The image is pushed as an index with its attestations; a cache that cannot be
 * written does not fail the build. `noCache` reads none, and writes one that is new.
 */
export function buildkitOptions(cache: BuildCache | undefined, noCache: boolean): readonly string[] {
  return [
    ...(cache === undefined ? [] : cacheOptions(cache, noCache)),
    '--provenance=mode=max',
    '--sbom=true',
    '--push',
  ];
}

/** ECR takes a cache as an image manifest only: https://github.com/aws/containers-roadmap/issues/876 */
function cacheOptions({ repository, scope, service }: BuildCache, noCache: boolean): readonly string[] {
  const place = (of: string) => `type=registry,ref=${repository}:${cacheTag(of, service)}`;
  const read = noCache ? [] : [...new Set([scope, RELEASE_SCOPE])];
  return [
    ...read.map((of) => `--cache-from=${place(of)}`),
    `--cache-to=${place(scope)},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`,
  ];
}

/** Unlike a candidate's tag, which ends with 40 hex digits. */
function cacheTag(scope: string, service: string): string {
  return `${service}.cache-${scope}`;
}

/** Arguments of `docker run` that make the machine run programs for other CPUs, if the service is built for any; else none. */
export function emulationArguments(
  { platforms }: Pick<Service, 'platforms'>,
  mirrors: Mirrors,
  ownCpu: string,
): readonly string[] {
  const own = ownCpu === 'x64' ? 'amd64' : ownCpu;
  const cpus = new Set(platforms.map((platform) => platform.split('/')[1] ?? ''));
  // amd64 runs what is for 386, and arm64 asks for no more than itself.
  const foreign = [...cpus].filter((cpu) => cpu !== own && !(own === 'amd64' && cpu === '386'));
  if (foreign.length === 0) return [];
  return ['--privileged', '--rm', mirrored(EMULATORS, mirrors) ?? EMULATORS, '--install', foreign.join(',')];
}
