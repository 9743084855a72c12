/** Recognizes images of the catalog in Dockerfiles, so that one service's image can be an input of another one. */
import type { Catalog } from '../catalog/model';
import { repositoryOf } from '../dockerfile/evaluate/stages';
import { DOCKER_HUB_NAMES } from '../image/reference';
import { type Discovery, type DiscoveryArguments, discoverInputs } from '../input-digest/discover-inputs';
import type { ServiceInputs } from '../input-digest/inputs';

/** Returns services by the repository names (without tag) that their released images have. `releases` is `host/namespace`. */
export function ownImages(catalog: Catalog, releases: string): ReadonlyMap<string, string> {
  const slash = releases.indexOf('/');
  const host = releases.slice(0, slash);
  const namespace = releases.slice(slash + 1);
  if (!DOCKER_HUB_NAMES.includes(host)) return imagesWithPrefixes(catalog, [`${host}/${namespace}/`]);
  // A name without a host means Docker Hub, too.
  const short = namespace === 'library' ? ['', 'library/'] : [`${namespace}/`];
  return imagesWithPrefixes(catalog, [...short, ...DOCKER_HUB_NAMES.map((hub) => `${hub}/${namespace}/`)]);
}

type Bases = ReadonlyMap<string, Pick<ServiceInputs, 'bases'>>;

/**
 * Discovers the inputs as the deployed pipeline does: images of the catalog are known by the names of their releases, and by their bare names
 * (`FROM shop-base`) where only another service is built from them.
 */
export function discoverReleased(
  discovery: Omit<DiscoveryArguments, 'ownImages'>,
  releases: string,
): ReleasedDiscovery {
  return discoverLinked(discovery, ownImages(discovery.catalog, releases), (inputs) =>
    imagesNamed(discovery.catalog, ownBareNames(discovery.catalog, inputs)),
  );
}

/** Discovers the inputs as a plan without settings does: the Dockerfiles show the names of the catalog's images. */
export function discoverGuessed(discovery: Omit<DiscoveryArguments, 'ownImages'>): Discovery {
  const { catalog } = discovery;
  return discoverLinked(discovery, new Map(), (inputs) => {
    const bare = imagesNamed(catalog, ownBareNames(catalog, inputs));
    return new Map([...bare, ...imagesWithPrefixes(catalog, ownImagePrefixes(catalog, inputs))]);
  });
}

/** Discovers the inputs by known names of images, and once more with those that `guess` finds, if these cause no further problem. */
function discoverLinked(
  discovery: Omit<DiscoveryArguments, 'ownImages'>,
  known: ReadonlyMap<string, string>,
  guess: (inputs: Bases) => ReadonlyMap<string, string>,
): ReleasedDiscovery {
  const discover = (own: ReadonlyMap<string, string>) => ({
    ...discoverInputs({ ...discovery, ownImages: own }),
    ownImages: own,
  });
  const plain = discover(known);
  const guessed = guess(plain.inputs);
  if (guessed.size === 0) return plain;
  const linked = discover(new Map([...guessed, ...known]));
  return isBetter(linked, plain) ? linked : plain;
}

interface ReleasedDiscovery extends Discovery {
  /** Services by the repository names (without tag) that Dockerfiles have for their images. */
  readonly ownImages: ReadonlyMap<string, string>;
}

/** Returns true if links between services cause no further problem. An image that would be built from itself is one of others. */
export function isBetter(linked: Discovery, plain: Discovery): boolean {
  return linked.problems.length === plain.problems.length;
}

/**
 * Returns the images of the catalog that other services name without host and namespace. One that its own service names is an image of
 * others: `nginx` is built `FROM nginx`.
 */
export function ownBareNames(catalog: Catalog, inputs: Bases): ReadonlySet<string> {
  return leadingToOthers(catalog, inputs, (name) => [{ key: name, image: name }]);
}

/** Returns services by their images, of those names that the catalog has. */
export function imagesNamed(catalog: Catalog, images: ReadonlySet<string>): ReadonlyMap<string, string> {
  return new Map(catalog.services.flatMap(({ name, image }) => (images.has(image) ? [[image, name] as const] : [])));
}

/**
 * Returns the prefixes of catalog images in `FROM` (`team/`, `registry.example.com/team/`), for a comparison that has no settings. A prefix
 * counts if it leads to the name of another service's image. It does not count if it leads a service to its own name: such images belong to
 * others (`grafana` is built `FROM grafana/grafana`).
 */
export function ownImagePrefixes(catalog: Catalog, inputs: Bases): ReadonlySet<string> {
  return leadingToOthers(catalog, inputs, (name) =>
    // The name of an image may contain slashes.
    [...name.matchAll(/\//g)].map(({ index }) => ({ key: name.slice(0, index + 1), image: name.slice(index + 1) })),
  );
}

/** Returns the keys by which bases lead to images of other services, and no service's base to its own image. */
function leadingToOthers(
  catalog: Catalog,
  inputs: Bases,
  readingsOf: (repository: string) => readonly { readonly key: string; readonly image: string }[],
): ReadonlySet<string> {
  const images = new Map(catalog.services.map((service) => [service.image, service.name]));
  const found = new Set<string>();
  const foreign = new Set<string>();
  for (const [service, { bases }] of inputs) {
    for (const base of bases) {
      for (const { key, image } of readingsOf(repositoryOf(base))) {
        const owner = images.get(image);
        if (owner === service) foreign.add(key);
        else if (owner !== undefined) found.add(key);
      }
    }
  }
  return new Set([...found].filter((key) => !foreign.has(key)));
}

/** Returns services by the repository names (without tag) that their images have with these prefixes. */
export function imagesWithPrefixes(catalog: Catalog, prefixes: Iterable<string>): ReadonlyMap<string, string> {
  return new Map(
    [...prefixes].flatMap((prefix) =>
      catalog.services.map(({ name, image }): [string, string] => [`${prefix}${image}`, name]),
    ),
  );
}
