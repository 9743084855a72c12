import { DockerfileError } from '../dockerfile/instruction';
import { type FolderState, IgnoreMatcher } from '../dockerignore/ignore-file';
import { compilePattern, type Pattern } from '../dockerignore/pattern';
import { BadPatternError } from '../text/glob';
import type { BuildContext, VisibleFiles } from './build-context';
import { eachPosition } from './input-digest';
import { folderOf, lengthWithSlash } from './tree-index';

/** The patterns of `--parents` and `--exclude`. */
export interface FileFilter {
  /** Files to take; all if undefined. */
  readonly includes?: readonly string[];
  /** Files not to take, even if they are included. */
  readonly excludes: readonly string[];
}

/** Returns the files that pass the filter. Patterns are relative to the folder. Throws `DockerfileError` for a malformed one. */
export function filterFiles(
  context: BuildContext,
  folder: string,
  files: VisibleFiles,
  filter: FileFilter,
): VisibleFiles {
  const { includes, excludes } = filter;
  if (includes === undefined && excludes.length === 0) return files;
  const isExcluded = testFor(excludes);
  const isIncluded = includes === undefined ? () => true : testFor(includes);
  const inFolder = lengthWithSlash(folder);
  const takes = (path: string) => isIncluded(path.slice(inFolder)) && !isExcluded(path.slice(inFolder));
  const skip = lengthWithSlash(context.folder);
  const positions = [...eachPosition(files.positions)].filter((position) =>
    takes(context.tree.entries[position]?.path.slice(skip) ?? ''),
  );
  return {
    positions: Uint32Array.from(positions),
    emptyFolders: files.emptyFolders.filter((path) => path === folder || takes(path)),
    disputed: files.disputed.filter(takes),
  };
}

/** Returns a test for paths. It tests each folder once, before its content. */
function testFor(patterns: readonly string[]): (path: string) => boolean {
  const matcher = new IgnoreMatcher(patterns.map(compile).filter((pattern) => pattern !== undefined));
  const folders = new Map<string, FolderState | undefined>([['', undefined]]);
  const stateOf = (folder: string): FolderState | undefined => {
    if (folders.has(folder)) return folders.get(folder);
    const state = matcher.enter(folder, stateOf(folderOf(folder)));
    folders.set(folder, state);
    return state;
  };
  return (path) => matcher.isExcludedToday(path, stateOf(folderOf(path)));
}

/** Throws `DockerfileError` for a malformed pattern, as Docker does even if there is nothing to filter. */
export function checkPatterns(patterns: readonly string[]): void {
  patterns.forEach(compile);
}

function compile(pattern: string): Pattern | undefined {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (error instanceof BadPatternError) throw new DockerfileError(`'${pattern}' is no valid pattern`);
    throw error;
  }
}
