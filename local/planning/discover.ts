/** Discovers the inputs of all services at one commit of a repository on disk. */
import type { Catalog } from '../../core/catalog/model';
import { RECIPE_VERSION } from '../../core/contract/job-environment';
import { type Discovery, discoverInputs } from '../../core/input-digest/discover-inputs';
import { findEntry, type TreeIndex } from '../../core/input-digest/tree-index';
import { imagesWithPrefixes, ownImagePrefixes } from '../../core/planning/own-images';
import type { FoundCatalog } from './find-catalog';
import type { PlanningRepository } from './repository';

/** A commit with its catalog and the inputs of its services. */
export interface Snapshot extends Discovery {
  readonly commit: string;
  readonly tree: TreeIndex;
  /** The catalog without absent services. */
  readonly catalog: Catalog;
  /** The names of services that a catalog from outside the commit has and the commit does not. */
  readonly absent: readonly string[];
  readonly ownImages: OwnImages;
}

/** Returns the services of a catalog by the repository names (without tag) of their images in Dockerfiles. */
export type OwnImages = (catalog: Catalog) => ReadonlyMap<string, string>;

export interface SnapshotParts {
  readonly repository: PlanningRepository;
  readonly commit: string;
  readonly tree: TreeIndex;
  readonly found: FoundCatalog;
  /** If it is undefined, the Dockerfiles show the names. */
  readonly ownImages: OwnImages | undefined;
}

/** Discovers the inputs at a commit. Problems of services are returned, not thrown. */
export async function discoverSnapshot(parts: SnapshotParts): Promise<Snapshot> {
  const { repository, commit, tree, found } = parts;
  const { catalog, absent } =
    found.origin === 'commit' ? { catalog: found.catalog, absent: [] } : present(found.catalog, tree);
  const texts = await repository.buildTexts(catalog, tree);
  const discover = (ownImages: OwnImages): Snapshot => {
    const found = discoverInputs({
      catalog,
      tree,
      texts,
      recipeVersion: RECIPE_VERSION,
      ownImages: ownImages(catalog),
    });
    return { ...found, commit, tree, catalog, absent, ownImages };
  };
  if (parts.ownImages !== undefined) return discover(parts.ownImages);
  const plain = discover(() => new Map());
  const prefixes = ownImagePrefixes(catalog, plain.inputs);
  if (prefixes.size === 0) return plain;
  const linked = discover((any) => imagesWithPrefixes(any, prefixes));
  // An image that would be built from itself is an image of others with the same name.
  return linked.problems.length === plain.problems.length ? linked : plain;
}

function present(catalog: Catalog, tree: TreeIndex): { catalog: Catalog; absent: readonly string[] } {
  const exists = catalog.services.map(({ dockerfile }) => findEntry(tree, dockerfile) !== undefined);
  return {
    catalog: { ...catalog, services: catalog.services.filter((_, at) => exists[at]) },
    absent: catalog.services.filter((_, at) => !exists[at]).map(({ name }) => name),
  };
}
