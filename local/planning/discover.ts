/** Discovers the inputs of all services at one commit of a repository on disk. */
import type { Catalog, Service } from '../../core/catalog/model';
import type { TreeChange } from '../../core/compare/compare';
import { RECIPE_VERSION } from '../../core/contract/job-environment';
import { matchInputs } from '../../core/input-digest/command/match-inputs';
import { type Discovery, discoverInputs } from '../../core/input-digest/discover-inputs';
import type { ServiceInputs } from '../../core/input-digest/inputs';
import { findEntry, folderRange, type TreeIndex } from '../../core/input-digest/tree-index';
import { touchedBy } from '../../core/input-digest/watch';
import {
  imagesNamed,
  imagesWithPrefixes,
  isBetter,
  ownBareNames,
  ownImagePrefixes,
  ownImages as releasedImages,
} from '../../core/planning/own-images';
import type { FoundCatalog } from './find-catalog';
import type { PlanningRepository } from './repository';

/** A commit with its catalog and the inputs of its services. */
export interface Snapshot extends Discovery {
  readonly commit: string;
  readonly tree: TreeIndex;
  /** The catalog as it was found. */
  readonly whole: Catalog;
  /** The catalog without absent services. */
  readonly catalog: Catalog;
  /** The names of services that a catalog from outside the commit has and the commit does not. */
  readonly absent: readonly string[];
  readonly ownImages: OwnImages;
  /** The prefixes (`ghcr.io/team/`) of images in Dockerfiles that are taken for this repository's own without knowing it. */
  readonly guessed: ReadonlySet<string>;
}

/** Returns the services of a catalog by the repository names (without tag) of their images in Dockerfiles. */
export type OwnImages = (catalog: Catalog) => ReadonlyMap<string, string>;

export interface SnapshotParts {
  readonly repository: PlanningRepository;
  readonly commit: string;
  readonly tree: TreeIndex;
  readonly found: FoundCatalog;
  /** The names of images that another commit of the comparison has. */
  readonly ownImages?: OwnImages;
  /** `host/namespace` of the release repositories. If it is undefined, the Dockerfiles show the names. */
  readonly releases?: string;
  /** A known commit, and the paths that differ from it. What these do not touch is not discovered again. */
  readonly near?: { readonly snapshot: Snapshot; readonly changes: readonly TreeChange[] };
}

/** Discovers the inputs at a commit. Problems of services are returned, not thrown. */
export async function discoverSnapshot(parts: SnapshotParts): Promise<Snapshot> {
  const { repository, commit, tree, found } = parts;
  const { catalog, absent } =
    found.origin === 'commit' ? { catalog: found.catalog, absent: [] } : present(found.catalog, tree);
  const known = knownInputs(parts, catalog);
  const rest = { ...catalog, services: catalog.services.filter(({ name }) => !known.has(name)) };
  const texts = await repository.buildTexts(rest, tree);
  const discover = (ownImages: OwnImages): Snapshot => {
    const discovered = discoverInputs({
      catalog: rest,
      tree,
      texts,
      recipeVersion: RECIPE_VERSION,
      ownImages: ownImages(rest),
    });
    const inputs = new Map([...known, ...discovered.inputs]);
    return {
      ...discovered,
      inputs,
      commit,
      tree,
      whole: found.catalog,
      catalog,
      absent,
      ownImages,
      guessed: new Set(),
    };
  };
  if (parts.ownImages !== undefined) return discover(parts.ownImages);
  const { releases } = parts;
  const released: OwnImages = (any) => (releases === undefined ? new Map() : releasedImages(any, releases));
  const plain = discover(released);
  const guessed = releases === undefined ? ownImagePrefixes(catalog, plain.inputs) : new Set<string>();
  const bare = ownBareNames(catalog, plain.inputs);
  if (guessed.size + bare.size === 0) return plain;
  const linked = discover(
    (any) => new Map([...imagesNamed(any, bare), ...imagesWithPrefixes(any, guessed), ...released(any)]),
  );
  return isBetter(linked, plain) ? { ...linked, guessed } : plain;
}

/** Returns the inputs of the services that nothing changed since the known commit; none if its catalog or its images are other ones. */
function knownInputs({ near, found }: SnapshotParts, catalog: Catalog): ReadonlyMap<string, ServiceInputs> {
  if (near === undefined) return new Map();
  const { snapshot, changes } = near;
  // If images are built from one another, a change of one service can reach another that watches no changed path.
  if (found.catalog !== snapshot.whole || snapshot.ownImages(catalog).size > 0) return new Map();
  const isTouched = touchedBy(changes);
  return new Map([...snapshot.inputs].filter(([name]) => !isTouched(snapshot.watches.get(name) ?? 'everything')));
}

function present(catalog: Catalog, tree: TreeIndex): { catalog: Catalog; absent: readonly string[] } {
  const exists = catalog.services.map((service) => isPresent(service, tree));
  return {
    catalog: { ...catalog, services: catalog.services.filter((_, at) => exists[at]) },
    absent: catalog.services.filter((_, at) => !exists[at]).map(({ name }) => name),
  };
}

/** A service that a command makes has no file that tells. Its folder does, or any file that it reads: one pattern that matches nothing is a mistake. */
function isPresent({ path, dockerfile, build }: Service, tree: TreeIndex): boolean {
  if (build === undefined) return findEntry(tree, dockerfile) !== undefined;
  const { start, end } = folderRange(tree, path);
  if (path !== '' && end > start) return true;
  return matchInputs(tree, build).patterns.some(({ positions }) => positions.length > 0);
}
