import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { InvalidInputError, unreadableFile } from '../../core/contract/errors';
import { findEntry, type TreeIndex } from '../../core/input-digest/tree-index';
import type { PlanningRepository } from './repository';

/** The path of the catalog in a repository. */
export const CATALOG_FILE = 'pipeline.yaml';

/** The catalog that is used for a commit. */
export interface FoundCatalog {
  readonly catalog: Catalog;
  /** `commit`: it is part of the commit. `file`: it is not, and may name services that the commit does not have. */
  readonly origin: 'commit' | 'file';
  /** Shown to people. */
  readonly path: string;
}

/** Reads a catalog file of this machine. Throws `InvalidInput` if it cannot be read, `InvalidCatalog` if it is broken. */
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

/**
 * Reads the catalog of a commit; returns undefined if it has none. Each text is parsed once. Throws `InvalidInput` for a committed
 * symlink, because it may lead out of the commit to any file of this machine.
 */
export async function catalogOfCommit(
  repository: PlanningRepository,
  tree: TreeIndex,
  parsed: Map<string, Catalog> = new Map(),
): Promise<FoundCatalog | undefined> {
  const entry = findEntry(tree, CATALOG_FILE);
  if (entry === undefined) return undefined;
  if (!entry.mode.startsWith('100')) throw noFile('in the commit it is a symlink or a submodule');
  const known = parsed.get(entry.id);
  const catalog = known ?? parseCatalog((await repository.blobs([entry.id])).get(entry.id)?.toString('utf8') ?? '');
  parsed.set(entry.id, catalog);
  return { catalog, origin: 'commit', path: CATALOG_FILE };
}

/**
 * Finds the catalog for a commit: the given file, otherwise that of the commit, otherwise an uncommitted `pipeline.yaml` of the work tree.
 * Throws `InvalidInput` if there is none, or if it is a symlink.
 */
export async function findCatalog(
  repository: PlanningRepository,
  tree: TreeIndex,
  file?: string,
): Promise<FoundCatalog> {
  if (file !== undefined) return readCatalogFile(file);
  const own = await catalogOfCommit(repository, tree);
  if (own !== undefined) return own;
  const uncommitted = join(repository.directory, CATALOG_FILE);
  const found = await lstat(uncommitted).catch(() => undefined);
  if (found !== undefined && !found.isFile()) throw noFile('in the work tree it is a symlink or a folder');
  return readCatalogFile(uncommitted).catch((error: unknown) => {
    if (error instanceof InvalidInputError && error.name === 'InvalidCatalog') throw error;
    const message =
      'is neither in the commit nor in the work tree; write it with `catalog init`, or name one with --catalog FILE';
    throw new InvalidInputError('the commit has no catalog', [{ path: CATALOG_FILE, message }]);
  });
}

function noFile(fact: string): InvalidInputError {
  const message = `must be a file; ${fact}. Commit the catalog itself, or name one with --catalog FILE`;
  return new InvalidInputError('the catalog cannot be read', [{ path: CATALOG_FILE, message }]);
}
