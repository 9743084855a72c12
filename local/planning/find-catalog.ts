/** Which catalog holds for a commit: the file that was given, the commit's own, or another one that has to do for it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { InvalidInputError, unreadableFile } from '../../core/contract/errors';
import { findEntry, type TreeIndex } from '../../core/input-digest/tree-index';
import type { PlanningRepository } from './repository';

/** The catalog's path in a repository. */
export const CATALOG_FILE = 'pipeline.yaml';

export interface FoundCatalog {
  readonly catalog: Catalog;
  /** `commit`: it is part of the commit, and speaks of it. `file`: it may speak of services that the commit does not have. */
  readonly origin: 'commit' | 'file';
  /** For people. */
  readonly path: string;
}

/** The catalog in a file on this machine. Throws `InvalidInput` if it cannot be read, `InvalidCatalog` if it is broken. */
export async function readCatalogFile(path: string): Promise<FoundCatalog> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const message = `${unreadableFile(cause)}; write it with \`catalog init --out ${path}\`, or name another one with --catalog FILE`;
    throw new InvalidInputError('the catalog cannot be read', [{ path, message }]);
  }
  return { catalog: parseCatalog(text), origin: 'file', path };
}

/** The catalog that is part of a commit; undefined if it has none. Each text is parsed once. */
export async function catalogOfCommit(
  repository: PlanningRepository,
  tree: TreeIndex,
  parsed: Map<string, Catalog> = new Map(),
): Promise<FoundCatalog | undefined> {
  const entry = findEntry(tree, CATALOG_FILE);
  if (entry === undefined || !entry.mode.startsWith('100')) return undefined;
  const known = parsed.get(entry.id);
  const catalog = known ?? parseCatalog((await repository.blobs([entry.id])).get(entry.id)?.toString('utf8') ?? '');
  parsed.set(entry.id, catalog);
  return { catalog, origin: 'commit', path: CATALOG_FILE };
}

/**
 * The catalog for a commit: the given file, else the commit's own, else a `pipeline.yaml` that lies in the work tree and is not
 * committed yet. Throws `InvalidInput` if there is none.
 */
export async function findCatalog(
  repository: PlanningRepository,
  tree: TreeIndex,
  file: string | undefined,
): Promise<FoundCatalog> {
  if (file !== undefined) return readCatalogFile(file);
  const own = await catalogOfCommit(repository, tree);
  if (own !== undefined) return own;
  const uncommitted = join(repository.directory, CATALOG_FILE);
  return readCatalogFile(uncommitted).catch((error: unknown) => {
    if (error instanceof InvalidInputError && error.name === 'InvalidCatalog') throw error;
    const message =
      'is neither in the commit nor in the work tree; write it with `catalog init`, or give --catalog FILE';
    throw new InvalidInputError('there is no catalog', [{ path: CATALOG_FILE, message }]);
  });
}
