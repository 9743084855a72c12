/** Finds what a `COPY` glob names in a build context. */
import { type BuildContext, isVisibleFolder, visibleEntry } from './build-context';
import { compileGlob } from './ignore/glob';
import { folderRange, joinPath, lengthWithSlash, positionOf, type TreeRange } from './tree-index';

/**
 * Visible files and folders below a folder whose path matches the pattern, as paths within the context. Undefined if there is no
 * such folder, which fails the build; a pattern without a match does not.
 */
export function findMatches(context: BuildContext, folder: string, pattern: string): readonly string[] | undefined {
  if (!isVisibleFolder(context, folder)) return visibleEntry(context, folder) === undefined ? undefined : [];
  const glob = compileGlob(pattern);
  if (glob === undefined) return [];
  const found: string[] = [];
  const range = folderRange(context.tree, joinPath(context.folder, folder));
  for (const path of pathsBelow(context, folder, range, glob.depth)) {
    if (glob.matches(path.slice(lengthWithSlash(folder))) && isVisible(context, path)) found.push(path);
  }
  return found;
}

/** True for a file or folder that Docker sends. */
export function isVisible(context: BuildContext, path: string): boolean {
  return visibleEntry(context, path) !== undefined || isVisibleFolder(context, path);
}

/** Files and folders so many folders deep, or at any depth if undefined; folders that are too high up are only passed. */
function* pathsBelow(
  context: BuildContext,
  folder: string,
  range: TreeRange,
  depth: number | undefined,
): Iterable<string> {
  const skip = lengthWithSlash(context.folder);
  for (let at = range.start; at < range.end; ) {
    const path = context.tree.entries[at]?.path.slice(skip) ?? '';
    const slash = path.indexOf('/', lengthWithSlash(folder));
    const child = slash < 0 ? path : path.slice(0, slash);
    const last = `${joinPath(context.folder, child)}0`;
    const end = slash < 0 ? at + 1 : positionOf(context.tree, last, { start: at, end: range.end });
    if (depth === undefined || depth === 0) yield child;
    if (slash >= 0 && depth !== 0) {
      yield* pathsBelow(context, child, { start: at, end }, depth === undefined ? undefined : depth - 1);
    }
    at = end;
  }
}
