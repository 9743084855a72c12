/** Recognizes images of the catalog in Dockerfiles, so that one service's image can be an input of another one. */
import type { Catalog } from '../catalog/model';

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
