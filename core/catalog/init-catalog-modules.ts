/** Guesses modules: folders outside of services' own ones that several services copy from. */
import { findEntry, type TreeIndex } from '../inputs/tree-index';
import type { Module } from './catalog';
import { uniqueNames } from './init-catalog-names';
import type { BuildSource } from './init-catalog-sources';

/** A service with what its Dockerfile reads. */
export interface ReadingService {
  readonly name: string;
  /** Its own folder. */
  readonly path: string;
  readonly sources: readonly BuildSource[];
}

/** Folders that at least two services read, sorted by path. */
export function guessModules(services: readonly ReadingService[], tree: TreeIndex): readonly Module[] {
  const own = new Set(services.map(({ path }) => path));
  const readers = new Map<string, Set<string>>();
  for (const { name, sources } of services) {
    for (const folder of sources.flatMap(({ place, isWhole, isThere }) =>
      isWhole || !isThere ? [] : folderOf(place, tree),
    )) {
      readers.set(folder, (readers.get(folder) ?? new Set()).add(name));
    }
  }
  const paths = [...readers]
    .filter(([folder, names]) => names.size > 1 && ![...own].some((path) => isBelow(path, folder) && path !== folder))
    .filter(([folder, names]) => [...names].some((name) => !isOwn(services, name, folder)))
    .map(([folder]) => folder)
    .sort();
  const names = uniqueNames(paths.map((path) => ({ parts: path.split('/'), least: 1 })));
  return paths.map((path, at) => ({ name: names[at] ?? path, path }));
}

/** The modules that a service's Dockerfile names: a source of it lies in them, and they are not part of its own folder. */
export function namedModules({ path, sources }: ReadingService, modules: readonly Module[]): readonly Module[] {
  return modules.filter(
    (module) =>
      !isBelow(module.path, path) &&
      sources.some(({ place, isWhole, isThere }) => isThere && !isWhole && isBelow(place, module.path)),
  );
}

function isOwn(services: readonly ReadingService[], name: string, folder: string): boolean {
  const path = services.find((service) => service.name === name)?.path;
  return path !== undefined && isBelow(folder, path);
}

/** The folder that a source belongs to: itself, or the one that its file lies in. Nothing for the repository's root. */
function folderOf(place: string, tree: TreeIndex): readonly string[] {
  const isFile = findEntry(tree, place) !== undefined;
  const folder = isFile ? place.slice(0, Math.max(0, place.lastIndexOf('/'))) : place;
  return folder === '' ? [] : [folder];
}

/** True if `path` is the folder or lies in it. */
function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
