/** A build context as Docker sees it: a folder of the tree, less what its ignore file takes out. */
import type { TreeEntry } from '../ports';
import type { FolderMatch, IgnoreMatcher } from './ignore/ignore-matcher';
import { findEntry, folderRange, joinPath, positionOf, type TreeIndex, type TreeRange } from './tree-index';

export interface BuildContext {
  readonly tree: TreeIndex;
  /** Path of the folder; `''` is the repository's root. */
  readonly folder: string;
  readonly range: TreeRange;
  readonly ignore: IgnoreMatcher;
  /** Contents of symlinks by blob id. */
  readonly texts: ReadonlyMap<string, Buffer>;
}

/** What is visible under a place of the context. */
export interface VisibleFiles {
  /** Positions in the tree, ascending: a range if all of it is visible, else a list. */
  readonly positions: TreeRange | Uint32Array;
  /** Folders that Docker sends though nothing in them is visible; paths within the context. */
  readonly emptyFolders: readonly string[];
}

/** Opens a context. */
export function openContext(parts: Omit<BuildContext, 'range'>): BuildContext {
  return { ...parts, range: folderRange(parts.tree, parts.folder) };
}

/** The visible entry at a path within the context; undefined if there is none or it is ignored. */
export function visibleEntry(context: BuildContext, path: string): TreeEntry | undefined {
  const entry = findEntry(context.tree, joinPath(context.folder, path));
  return entry === undefined || isIgnored(context, path) ? undefined : entry;
}

/** Everything visible below a folder of the context, or undefined if Docker does not send the folder at all. */
export function visibleBelow(context: BuildContext, folder: string): VisibleFiles | undefined {
  const range = folderRange(context.tree, joinPath(context.folder, folder), context.range);
  if (range.start === range.end && folder !== '') return undefined;
  if (context.ignore.isEmpty) return { positions: range, emptyFolders: [] };
  const { match, ignored } = matchFolder(context, folder);
  if (ignored && context.ignore.isFinal) return undefined;
  const walk = new FolderWalk(context, range);
  walk.walk(folder, range, match);
  if (walk.positions.length > 0) return walk.result();
  if (ignored && walk.emptyFolders.length === 0) return undefined;
  const isEmpty = walk.emptyFolders.length === 0 && folder !== '';
  return { positions: { start: 0, end: 0 }, emptyFolders: isEmpty ? [folder] : walk.emptyFolders };
}

/** True if Docker leaves out this very path. A folder that is left out may still have visible files if there are exceptions. */
export function isIgnored(context: BuildContext, path: string): boolean {
  return matchFolder(context, path).ignored;
}

/** Asks the patterns about a path, beginning with its topmost folder. */
function matchFolder({ ignore }: BuildContext, path: string): { match: FolderMatch; ignored: boolean } {
  let match: FolderMatch;
  let ignored = false;
  if (path === '' || ignore.isEmpty) return { match, ignored };
  for (let slash = path.indexOf('/'); ; slash = path.indexOf('/', slash + 1)) {
    const own = ignore.folderMatch();
    ignored = ignore.matches(slash < 0 ? path : path.slice(0, slash), match, own);
    match = own;
    if (slash < 0 || (ignored && ignore.isFinal)) return { match, ignored };
  }
}

class FolderWalk {
  readonly positions: number[] = [];
  readonly emptyFolders: string[] = [];
  private readonly context: BuildContext;
  private readonly whole: TreeRange;

  constructor(context: BuildContext, whole: TreeRange) {
    this.context = context;
    this.whole = whole;
  }

  /** Walks a folder (path within the context); what it finds is appended. */
  walk(folder: string, range: TreeRange, match: FolderMatch): void {
    const { tree, ignore } = this.context;
    const skip = this.context.folder === '' ? 0 : this.context.folder.length + 1;
    const depth = folder === '' ? 0 : folder.length + 1;
    for (let at = range.start; at < range.end; ) {
      const path = tree.entries[at]?.path.slice(skip) ?? '';
      const slash = path.indexOf('/', depth);
      if (slash < 0) {
        if (!ignore.matches(path, match)) this.positions.push(at);
        at++;
        continue;
      }
      const child = path.slice(0, slash);
      const end = positionOf(tree, `${joinPath(this.context.folder, child)}0`, { start: at, end: range.end });
      this.enter(child, { start: at, end }, match);
      at = end;
    }
  }

  result(): VisibleFiles {
    const all = this.positions.length === this.whole.end - this.whole.start;
    return { positions: all ? this.whole : Uint32Array.from(this.positions), emptyFolders: this.emptyFolders };
  }

  private enter(folder: string, range: TreeRange, match: FolderMatch): void {
    const { ignore } = this.context;
    const own = ignore.folderMatch();
    const ignored = ignore.matches(folder, match, own);
    if (ignored && ignore.isFinal) return;
    const before = this.positions.length + this.emptyFolders.length;
    this.walk(folder, range, own);
    if (!ignored && this.positions.length + this.emptyFolders.length === before) this.emptyFolders.push(folder);
  }
}
