/** The registry that an environment pulls its images from, if it is not the one of the releases. */
import type { Problem } from '../../contract/errors';
import { isImmutableTag } from '../../contract/keys';
import type { Environment } from '../environment-schema';
import type { Settings } from '../schema';
import { isEcr, parseEcrHost } from './names';
import type { EnvironmentRegistry } from './registry-schema';

/** Returns the registry and namespace that the environment pulls from: its own, or those of the releases. */
export function registryOf(
  { registry }: Pick<Environment, 'registry'>,
  { releases }: Pick<Settings, 'releases'>,
): ImagePlace {
  return registry ?? releases;
}

/** The beginning of all image names of an environment. */
export type ImagePlace = Readonly<Record<'host' | 'namespace', string>>;

/** Returns the repository of an image below a place. */
export function repositoryIn({ host, namespace }: ImagePlace, image: string) {
  return { host, repository: `${namespace}/${image}` };
}

/** Returns the name of an image that the environment pulls, without a tag: `registry.example/shop/auth`. */
export function imageNameIn(place: ImagePlace, image: string): string {
  return `${placeName(place)}/${image}`;
}

/** Returns the registries of all environments that have their own. */
export function environmentRegistries(settings: Pick<Settings, 'environments'>): readonly EnvironmentRegistry[] {
  return settings.environments.flatMap(({ registry }) => registry ?? []);
}

/** Returns the hosts, besides ECR, whose logins are in the registry secret: that of the releases first. */
export function loginHosts(settings: Settings): readonly string[] {
  const hosts = [settings.releases, ...environmentRegistries(settings)].map((place) => place.host);
  return [...new Set(hosts)].filter((each) => !isEcr(each));
}

/** Returns a function that tells if no other manifest may get a tag, in the repositories of releases and of all environments. */
export function immutableTags(settings: Settings): (repository: string, tag: string) => boolean {
  const { movableTags } = settings.releases;
  const places = [settings.releases, ...environmentRegistries(settings)];
  return (name, tag) => places.some(({ namespace }) => isImmutableTag(name, tag, { namespace, movableTags }));
}

/** Returns what is wrong between the registries of environments, releases and candidates, in the order of the environments. */
export function registryProblems(settings: Settings): Problem[] {
  return settings.environments.flatMap(({ registry }, index) => {
    if (registry === undefined) return [];
    const messages = [
      ...overlaps(registry, settings),
      ...differences(registry, index, settings),
      ...roleProblems(registry, index, settings),
      ...replicationProblems(registry, settings),
    ];
    return messages.map(({ path, message }) => ({ path: `environments.${index}.registry.${path}`, message }));
  });
}

/** Within another place, one of the two could write versions of the other. */
function overlaps(registry: EnvironmentRegistry, { releases, candidates }: Settings): Problem[] {
  const own = placeName(registry);
  const released = placeName(releases);
  if (isWithin(own, released) || isWithin(released, own)) {
    const message =
      own === released
        ? `${own} is where the releases are; leave registry out, or name another namespace`
        : `${own} and the releases in ${released} contain each other; name a namespace beside it`;
    return [{ path: 'namespace', message }];
  }
  const built = `${candidates.host}/${candidates.repository}`;
  if (!isWithin(built, own)) return [];
  const message = `${own} contains the candidates ${built}, where builds could write versions; name another namespace`;
  return [{ path: 'namespace', message }];
}

/** Environments may share a place only if it is the same in all of them. */
function differences(registry: EnvironmentRegistry, index: number, { environments }: Settings): Problem[] {
  const own = placeName(registry);
  return environments.slice(0, index).flatMap(({ name, registry: other }) => {
    const there = other === undefined ? undefined : placeName(other);
    if (there === undefined || there === own || !(isWithin(own, there) || isWithin(there, own))) return [];
    const message = `${own} and ${there} of environment '${name}' contain each other; name one beside it`;
    return [{ path: 'namespace', message }];
  });
}

/** A role is that of one registry: the same host has the same role everywhere. */
function roleProblems({ host, role }: EnvironmentRegistry, index: number, { environments }: Settings): Problem[] {
  const earlier = environments.slice(0, index).find(({ registry }) => registry?.host === host);
  const other = earlier?.registry?.role;
  if (earlier !== undefined && (other?.arn !== role?.arn || other?.externalId !== role?.externalId)) {
    const message = `differs from that of environment '${earlier.name}', which has the same registry ${host}; name the same role in both, or in none`;
    return [{ path: 'role', message }];
  }
  if (role === undefined) return [];
  const account = parseEcrHost(host)?.account;
  if (account === undefined) {
    const message = `is for ECR in another account, and the registry is ${host}; write its host as ACCOUNT.dkr.ecr.REGION.amazonaws.com, or leave role out`;
    return [{ path: 'role', message }];
  }
  if (role.arn.split(':')[4] === account) return [];
  const message = `is a role of another account than the registry ${host}; name a role of account ${account}`;
  return [{ path: 'role.arn', message }];
}

/** ECR replicates between registries of ECR, and keeps the names of repositories. */
function replicationProblems({ arrives, host, namespace }: EnvironmentRegistry, { releases }: Settings): Problem[] {
  if (arrives === 'copy') return [];
  const foreign = [releases.host, host].find((each) => !isEcr(each));
  if (foreign !== undefined) {
    const message = `is replication, which ECR does between its own registries, and ${foreign} is another one; leave it out, and images are copied`;
    return [{ path: 'arrives', message }];
  }
  if (host === releases.host) {
    return [
      { path: 'host', message: `is ${host}, from which images are replicated; name the registry that gets them` },
    ];
  }
  if (namespace === releases.namespace) return [];
  const message = `is ${namespace}, but replicated repositories keep their names; write ${releases.namespace}, as in releases`;
  return [{ path: 'namespace', message }];
}

/** Returns what the names of all images at a place begin with: `registry.example/shop`. */
export function placeName({ host, namespace }: ImagePlace): string {
  return `${host}/${namespace}`;
}

/** Returns true for the same name, and for one below it. */
export function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}
