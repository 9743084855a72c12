/** `--exclude` and the patterns of `--parents`: which files below a copied folder an instruction really takes. */
import type { BuildContext, VisibleFiles } from './build-context';
import { type FolderMatch, IgnoreMatcher } from './ignore/ignore-matcher';
import { compilePattern } from './ignore/pattern';
import { eachPosition } from './piece';

export interface FileFilter {
  /** What is taken; all if undefined. */
  readonly includes?: readonly string[];
  /** What is left out even so. */
  readonly excludes: readonly string[];
}

/** The files that the filter lets through; patterns are relative to the folder. Throws `BadPatternError`. */
export function filterFiles(
  context: BuildContext,
  folder: string,
  files: VisibleFiles,
  filter: FileFilter,
): VisibleFiles {
  const { includes, excludes } = filter;
  if (includes === undefined && excludes.length === 0) return files;
  const isExcluded = folderTest(excludes);
  const isIncluded = includes === undefined ? () => true : folderTest(includes);
  const takes = (path: string) => isIncluded(path) && !isExcluded(path);
  const skip = lengthWithSlash(context.folder) + lengthWithSlash(folder);
  const positions = [...eachPosition(files.positions)].filter((position) =>
    takes(context.tree.entries[position]?.path.slice(skip) ?? ''),
  );
  const inFolder = lengthWithSlash(folder);
  const emptyFolders = files.emptyFolders.filter((path) => path.length < inFolder || takes(path.slice(inFolder)));
  return { positions: Uint32Array.from(positions), emptyFolders };
}

/** A test for paths that asks about their folders first, and about each folder once. */
function folderTest(patterns: readonly string[]): (path: string) => boolean {
  const matcher = new IgnoreMatcher(patterns.map(compilePattern).filter((pattern) => pattern !== undefined));
  const folders = new Map<string, FolderMatch>([['', undefined]]);
  const matchOf = (folder: string): FolderMatch => {
    if (folders.has(folder)) return folders.get(folder);
    const own = matcher.folderMatch();
    matcher.matches(folder, matchOf(parentOf(folder)), own);
    folders.set(folder, own);
    return own;
  };
  return (path) => matcher.matches(path, matchOf(parentOf(path)));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function lengthWithSlash(folder: string): number {
  return folder === '' ? 0 : folder.length + 1;
}
