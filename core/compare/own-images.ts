/**
 * Which images in Dockerfiles are images of the catalog. The pipeline knows by its settings where it releases to; a comparison of two
 * commits has no settings, so it looks how the Dockerfiles themselves call the images.
 */
import type { Catalog } from '../catalog/model';
import { repositoryOf } from '../dockerfile/evaluate/stages';
import type { ServiceInputs } from '../input-digest/inputs';

/**
 * What stands before the names of our images in `FROM` (`team/`, `registry.example.com/team/`, or nothing). A name is taken for ours
 * if the catalog has an image of that name, unless the same prefix leads some service to its own name: then it is where others keep
 * the images that ours are made from (`grafana` is built `FROM grafana/grafana`).
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

/** Repository name as a Dockerfile may write it (without tag) -> service. */
export function imagesWithPrefixes(catalog: Catalog, prefixes: Iterable<string>): ReadonlyMap<string, string> {
  return new Map(
    [...prefixes].flatMap((prefix) =>
      catalog.services.map(({ name, image }): [string, string] => [`${prefix}${image}`, name]),
    ),
  );
}

/** Every way to read a repository as prefix and image; an image name may have slashes of its own. */
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
