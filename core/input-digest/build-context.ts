import { DockerfileError } from '../dockerfile/instruction';
import { type FolderState, IgnoreMatcher } from '../dockerignore/ignore-file';
import { compilePattern, type Pattern } from '../dockerignore/pattern';
import type { TreeEntry } from '../ports/git';
import { BadPatternError } from '../text/glob';
import {
  eachPosition,
  findEntry,
  folderOf,
  folderRange,
  joinPath,
  lengthWithSlash,
  positionOf,
  type TreeIndex,
  type TreeRange,
} from './tree-index';

/** A build context as Docker sees it: a folder of the tree without the files that its ignore file excludes. */
export interface BuildContext {
  readonly tree: TreeIndex;
  /** Path of the folder; `''` is the repository's root. */
  readonly folder: string;
  readonly range: TreeRange;
  /** False if the tree has no symlink at all, so that paths need not be followed. */
  readonly hasLinks: boolean;
  readonly ignore: IgnoreMatcher;
  /** Contents of symlinks by blob id. */
  readonly texts: ReadonlyMap<string, Buffer>;
}

/** The files that Docker sends of a folder of the context. */
export interface VisibleFiles {
  /** Positions in the tree, ascending: a range if all files are visible, otherwise a list. */
  readonly positions: TreeRange | Uint32Array;
  /** Folders that Docker sends although nothing in them is visible; paths within the context. */
  readonly emptyFolders: readonly string[];
  /** Files and empty folders that today's Docker excludes and earlier releases do not; paths within the context. */
  readonly disputed: readonly string[];
}

/** Opens the context of a folder. */
export function openContext(parts: Omit<BuildContext, 'range'>): BuildContext {
  return { ...parts, range: folderRange(parts.tree, parts.folder) };
}

/** Returns the entry at a path within the context; undefined if there is none or it is excluded. */
export function visibleEntry(context: BuildContext, path: string): TreeEntry | undefined {
  const entry = findEntry(context.tree, joinPath(context.folder, path));
  if (entry === undefined) return undefined;
  return context.ignore.isExcluded(path, enterFolder(context, folderOf(path))) ? undefined : entry;
}

/** Returns true if today's Docker excludes the path and earlier releases do not. */
export function isDisputed(context: BuildContext, path: string): boolean {
  const state = enterFolder(context, folderOf(path));
  return context.ignore.isExcludedToday(path, state) && !context.ignore.isExcludedEarlier(path, state);
}

/** Returns all visible files below a folder of the context; undefined if Docker does not send the folder at all. */
export function visibleBelow(context: BuildContext, folder: string): VisibleFiles | undefined {
  const range = folderRange(context.tree, joinPath(context.folder, folder), context.range);
  if (range.start === range.end && folder !== '') return undefined;
  if (context.ignore.size === 0) return { positions: range, emptyFolders: [], disputed: [] };
  const state = enterFolder(context, folder);
  const walk = new FolderWalk(context, range);
  walk.add(folder, range, state);
  const isEmpty = walk.positions.length === 0 && walk.emptyFolders.length === 0 && folder !== '';
  if (!isEmpty) return walk.result();
  if (state?.isExcluded === true && state.isSkipped) return undefined;
  return { ...walk.result(), emptyFolders: [folder], disputed: state?.isExcluded === true ? [folder] : [] };
}

/** Returns true if Docker sends the folder, even an empty one. */
export function isVisibleFolder(context: BuildContext, folder: string): boolean {
  const { start, end } = folderRange(context.tree, joinPath(context.folder, folder), context.range);
  if (start === end) return false;
  const state = enterFolder(context, folder);
  return !(state?.isExcluded === true && state.isSkipped) || visibleBelow(context, folder) !== undefined;
}

/** Returns the state of a folder, entered from the top; undefined for the root. */
function enterFolder({ ignore }: BuildContext, folder: string): FolderState | undefined {
  if (folder === '') return undefined;
  let state: FolderState | undefined;
  for (let slash = folder.indexOf('/'); slash >= 0; slash = folder.indexOf('/', slash + 1)) {
    state = ignore.enter(folder.slice(0, slash), state);
  }
  return ignore.enter(folder, state);
}

class FolderWalk {
  readonly positions: number[] = [];
  readonly emptyFolders: string[] = [];
  private readonly disputed: string[] = [];
  private readonly context: BuildContext;
  private readonly whole: TreeRange;

  constructor(context: BuildContext, whole: TreeRange) {
    this.context = context;
    this.whole = whole;
  }

  /** Adds what is visible below a folder (path within the context). */
  add(folder: string, range: TreeRange, state: FolderState | undefined): void {
    const { tree } = this.context;
    const skip = lengthWithSlash(this.context.folder);
    const depth = lengthWithSlash(folder);
    for (let at = range.start; at < range.end; ) {
      const path = tree.entries[at]?.path.slice(skip) ?? '';
      const slash = path.indexOf('/', depth);
      if (slash < 0) {
        this.take(at, path, state);
        at++;
        continue;
      }
      const child = path.slice(0, slash);
      const end = positionOf(tree, `${joinPath(this.context.folder, child)}0`, { start: at, end: range.end });
      this.enter(child, { start: at, end }, state);
      at = end;
    }
  }

  result(): VisibleFiles {
    const all = this.positions.length === this.whole.end - this.whole.start;
    const positions = all ? this.whole : Uint32Array.from(this.positions);
    return { positions, emptyFolders: this.emptyFolders, disputed: this.disputed };
  }

  private take(position: number, path: string, state: FolderState | undefined): void {
    const { ignore } = this.context;
    const isExcludedToday = ignore.isExcludedToday(path, state);
    if (isExcludedToday && ignore.isExcludedEarlier(path, state)) return;
    this.positions.push(position);
    if (isExcludedToday) this.disputed.push(path);
  }

  private enter(folder: string, range: TreeRange, parent: FolderState | undefined): void {
    const state = this.context.ignore.enter(folder, parent);
    if (state.isClosed) return;
    const before = this.positions.length + this.emptyFolders.length;
    this.add(folder, range, state);
    const found = this.positions.length + this.emptyFolders.length > before;
    if (found || (state.isExcluded && state.isSkipped)) return;
    this.emptyFolders.push(folder);
    if (state.isExcluded) this.disputed.push(folder);
  }
}

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
