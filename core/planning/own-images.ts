/** Recognises images of the catalog in Dockerfiles, so that one service's image can be another one's input. */
import type { Catalog } from '../catalog/model';

/** Names under which Docker clients know Docker Hub; a name without host means it, too. */
const DOCKER_HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** Repository name as a Dockerfile may write it (without tag) -> service. `releases` is `host/namespace`. */
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
