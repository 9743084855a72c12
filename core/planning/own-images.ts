/** Recognizes images of the catalog in Dockerfiles, so that one service's image can be an input of another one. */
import type { Catalog } from '../catalog/model';
import { repositoryOf } from '../dockerfile/evaluate/stages';
import type { ServiceInputs } from '../input-digest/inputs';

/** Names of Docker Hub in Docker clients. A name without a host means Docker Hub, too. */
const DOCKER_HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** Returns services by the repository names (without tag) that a Dockerfile may use for them. `releases` is `host/namespace`. */
export function ownImages(catalog: Catalog, releases: string): ReadonlyMap<string, string> {
  const slash = releases.indexOf('/');
  const host = releases.slice(0, slash);
  const namespace = releases.slice(slash + 1);
  const prefixes = DOCKER_HUB.includes(host)
    ? [namespace, ...DOCKER_HUB.map((hub) => `${hub}/${namespace}`)]
    : [`${host}/${namespace}`];
  return new Map(
    catalog.services.flatMap(({ name, image }) =>
      prefixes.map((prefix): [string, string] => [`${prefix}/${image}`, name]),
    ),
  );
}

/**
 * Returns the prefixes of catalog images in `FROM` (`team/`, `registry.example.com/team/`, or nothing), for a comparison that has no settings.
 * A prefix counts if it leads to the name of another service's image. It does not count if it leads a service to its own name: such images
 * belong to others (`grafana` is built `FROM grafana/grafana`).
 */
export function ownImagePrefixes(
  catalog: Catalog,
  inputs: ReadonlyMap<string, Pick<ServiceInputs, 'bases'>>,
): ReadonlySet<string> {
  const images = new Map(catalog.services.map((service) => [service.image, service.name]));
  const found = new Set<string>();
  const foreign = new Set<string>();
  for (const [service, { bases }] of inputs) {
    for (const base of bases) {
      for (const { prefix, image } of splitsOf(repositoryOf(base))) {
        const owner = images.get(image);
        if (owner === service) foreign.add(prefix);
        else if (owner !== undefined) found.add(prefix);
      }
    }
  }
  return new Set([...found].filter((prefix) => !foreign.has(prefix)));
}

/** Returns services by the repository names (without tag) that their images have with these prefixes. */
export function imagesWithPrefixes(catalog: Catalog, prefixes: Iterable<string>): ReadonlyMap<string, string> {
  return new Map(
    [...prefixes].flatMap((prefix) =>
      catalog.services.map(({ name, image }): [string, string] => [`${prefix}${image}`, name]),
    ),
  );
}

/** Returns every way to split a repository into prefix and image. The name of an image may contain slashes. */
function splitsOf(repository: string): readonly { readonly prefix: string; readonly image: string }[] {
  const parts = repository.split('/');
  return parts.map((_, at) => ({
    prefix: parts
      .slice(0, at)
      .map((part) => `${part}/`)
      .join(''),
    image: parts.slice(at).join('/'),
  }));
}
