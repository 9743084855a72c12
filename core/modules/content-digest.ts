/** What a module's package is made of: the files of its folder, and nothing else. */
import type { Publishing } from '../catalog/catalog';
import { digestOf } from '../inputs/input-digest';
import { folderRange, lengthWithSlash, type TreeIndex } from '../inputs/tree-index';

/** Part of every content digest: raise it when `buildspecs/module.yml` would make another package of the same files. */
export const MODULE_RECIPE_VERSION = '1';

/** A module that is published, by its folder and its package. */
export interface PublishedModule {
  readonly path: string;
  readonly publish: Pick<Publishing, 'package'>;
}

/**
 * sha256 over package name and files (mode, path within the folder, blob id), first 40 hex digits; undefined if there is no file. Where the
 * folder lies is no part of it.
 */
export function contentDigest({ path, publish }: PublishedModule, tree: TreeIndex): string | undefined {
  const { start, end } = folderRange(tree, path);
  if (start === end) return undefined;
  const skip = lengthWithSlash(path);
  // Of a submodule a build has an empty folder, whatever commit it stands for.
  const files = tree.entries
    .slice(start, end)
    .map(({ mode, path: file, id }) => [mode, file.slice(skip), mode === '160000' ? '' : id]);
  return digestOf([['module-v1', MODULE_RECIPE_VERSION, publish.package], ...files]).slice(0, 40);
}
