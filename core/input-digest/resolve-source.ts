import type { ContextRead } from '../dockerfile/evaluate/evaluate-stage';
import { DockerfileError } from '../dockerfile/instruction';
import { withinRoot } from '../text/clean-path';
import { compileGlob, type Glob, hasWildcard } from '../text/glob';
import {
  type BuildContext,
  checkPatterns,
  filterFiles,
  isDisputed,
  isVisibleFolder,
  type VisibleFiles,
  visibleBelow,
  visibleEntry,
} from './build-context';
import { fileSlice, folderSlice, type InputSlice } from './input-digest';
import { BEFORE_PIVOT, LEFT_OUT, pathDoubts, WHOLE_FOLDER } from './parents-doubts';
import { folderRange, joinPath, lengthWithSlash, positionOf, type TreeRange } from './tree-index';

/** The input slices of a source, and its doubts in words. */
interface ResolvedSource {
  readonly slices: readonly InputSlice[];
  readonly doubts: readonly string[];
}

/** The work that is left for the sources of a service, in units of 100 to 200 ns. */
export interface SourceBudget {
  left: number;
}

/** One or two seconds. Without a bound, a line of patterns could take hours. */
const MAX_WORK = 8_000_000;

const COST_OF_SLICE = 150;

/** The cost of a file that is compared with one pattern. */
export const COST_OF_FILTER = 3;

/** Returns the budget for the sources of one service. */
export function sourceBudget(): SourceBudget {
  return { left: MAX_WORK };
}

/** Takes a cost from the budget. Throws `DockerfileError` if too little is left. */
export function spend(budget: SourceBudget, cost: number): void {
  budget.left -= cost;
  if (budget.left >= 0) return;
  throw new DockerfileError(
    'its sources are too many patterns on too many files to be matched; name folders instead, or use fewer patterns',
  );
}

/** Resolves sources in one context, by BuildKit's rules for paths, globs and links. Each folder is read once. */
export class SourceResolver {
  readonly context: BuildContext;
  private readonly folders = new Map<string, InputSlice | undefined>();
  private readonly visible = new Map<string, VisibleFiles | undefined>();
  /** The budget of the read that is being resolved. */
  private budget: SourceBudget = sourceBudget();

  constructor(context: BuildContext) {
    this.context = context;
  }

  /**
   * Returns the files that a read of the context takes; a source that does not exist is a doubt. Throws `DockerfileError` for a malformed
   * `--exclude`, a loop of links, and a budget that is used up.
   */
  resolve(read: ContextRead, budget: SourceBudget): ResolvedSource {
    checkPatterns(read.excludes);
    this.budget = budget;
    const { slices, doubts } = read.parents ? this.withParents(read) : this.plain(read);
    const controls = /[\t\n]/.test(read.source) ? [CONTROLS] : [];
    spend(budget, slices.length * COST_OF_SLICE);
    const submodules = slices.some((slice) => slice.hasSubmodule) ? [SUBMODULE] : [];
    const disputed = slices.flatMap((slice) => slice.disputed);
    return {
      slices,
      doubts: [
        ...doubts,
        ...controls,
        ...submodules,
        ...disputed.slice(0, 1).map((path) => dispute(path, disputed.length)),
      ],
    };
  }

  private plain({ kind, source, excludes }: ContextRead): ResolvedSource {
    const path = withinRoot(source);
    return kind === 'copy' ? this.each(path, (place) => this.place(place, excludes)) : this.place(path, excludes);
  }

  /** With `--parents`, the part before `/./` is the root, and the rest is a pattern with the rules of ignore files. */
  private withParents({ source, excludes }: ContextRead): ResolvedSource {
    const pivot = source.indexOf('/./');
    const root = withinRoot(pivot < 0 ? '' : source.slice(0, pivot));
    const pattern = withinRoot(pivot < 0 ? source : source.slice(pivot + 3));
    if (pattern === '' && !hasWildcard(root)) {
      return join([this.each(root, (place) => this.place(place, excludes)), { slices: [], doubts: [WHOLE_FOLDER] }]);
    }
    const resolved = this.each(root, (place) => {
      const followed = followLinks(this.context, place);
      const below = this.below(followed.path);
      if (below === undefined) {
        const isFile = pattern !== '' && hasWildcard(root);
        return join([this.place(place, excludes), { slices: [], doubts: isFile ? [BEFORE_PIVOT] : [] }]);
      }
      // A pattern in front of the pivot takes the files that it matches, and of folders nothing.
      if (pattern === '') return { slices: this.files(followed.links), doubts: [] };
      spend(this.budget, sizeOf(below.positions) * (1 + excludes.length) * COST_OF_FILTER);
      const files = filterFiles(this.context, followed.path, below, { includes: [pattern], excludes });
      const slice = folderSlice(this.context.tree, this.context.folder, followed.path, files);
      const missing = !hasWildcard(source) && !isVisible(this.context, joinPath(followed.path, pattern));
      const isLeftOut = !hasWildcard(source) && sizeOf(slice.positions) === 0;
      const doubts = missing ? [NOT_FOUND] : isLeftOut ? [LEFT_OUT] : [];
      return { slices: [...this.files(followed.links), slice], doubts };
    });
    return join([resolved, { slices: [], doubts: pathDoubts(source, pivot) }]);
  }

  /** Takes a path, or each path that matches it if it is a pattern. */
  private each(path: string, take: (place: string) => ResolvedSource): ResolvedSource {
    if (!hasWildcard(path)) return take(path);
    const parts = path.split('/');
    const first = parts.findIndex(hasWildcard);
    const pattern = parts.slice(first).join('/');
    const glob = compileGlob(pattern);
    if (glob === undefined) return { slices: [], doubts: [`'${pattern}' is no valid pattern, so the build will fail`] };
    const base = followLinks(this.context, parts.slice(0, first).join('/'));
    const links = this.files(base.links);
    const matches = this.matches(base.path, glob, pattern.length);
    if (matches !== undefined) return join([{ slices: links, doubts: [] }, ...matches.map(take)]);
    const submodule = this.submoduleAbove(joinPath(base.path, pattern));
    return { slices: [...links, ...submodule], doubts: submodule.length > 0 ? [] : [NOT_FOUND] };
  }

  /** Takes a path that is no pattern. Links are followed, and folders are taken with their content. */
  private place(path: string, excludes: readonly string[]): ResolvedSource {
    const followed = followLinks(this.context, path);
    const links = this.files(followed.links);
    const key = [followed.path, ...excludes].join('\0');
    const file = this.folders.has(key) ? [] : this.files([followed.path]);
    if (file.length > 0) return { slices: [...links, ...file], doubts: [] };
    const folder = this.folders.get(key) ?? this.folder(followed.path, excludes);
    this.folders.set(key, folder);
    if (folder !== undefined) return { slices: [...links, folder], doubts: [] };
    const submodule = this.submoduleAbove(followed.path);
    return { slices: [...links, ...submodule], doubts: submodule.length > 0 ? [] : [NOT_FOUND] };
  }

  /**
   * Returns the visible files and folders below a folder that a `COPY` glob matches, as paths within the context. Returns undefined if there is
   * no such folder, which fails the build. A pattern without a match does not.
   */
  private matches(folder: string, glob: Glob, length: number): readonly string[] | undefined {
    const { context } = this;
    if (!isVisibleFolder(context, folder)) return undefined;
    const found: string[] = [];
    const range = folderRange(context.tree, joinPath(context.folder, folder));
    for (const path of pathsBelow(context, folder, range, glob.depth)) {
      spend(this.budget, 1 + (length * path.length) / 32);
      if (glob.matches(path.slice(lengthWithSlash(folder))) && isVisible(context, path)) found.push(path);
    }
    return found;
  }

  private folder(path: string, excludes: readonly string[]): InputSlice | undefined {
    const { tree, folder } = this.context;
    const visible = this.below(path);
    if (visible !== undefined) spend(this.budget, sizeOf(visible.positions) * excludes.length * COST_OF_FILTER);
    const files = visible && filterFiles(this.context, path, visible, { excludes });
    return files && folderSlice(tree, folder, path, files);
  }

  private files(paths: readonly string[]): readonly InputSlice[] {
    const { tree, folder } = this.context;
    return paths.flatMap((path) => {
      const entry = visibleEntry(this.context, path);
      return entry === undefined
        ? []
        : [fileSlice(entry, positionOf(tree, joinPath(folder, path)), path, isDisputed(this.context, path))];
    });
  }

  private below(path: string): VisibleFiles | undefined {
    if (!this.visible.has(path)) this.visible.set(path, visibleBelow(this.context, path));
    return this.visible.get(path);
  }

  private submoduleAbove(path: string): readonly InputSlice[] {
    const parts = path.split('/');
    for (let length = parts.length - 1; length > 0; length--) {
      const above = parts.slice(0, length).join('/');
      if (visibleEntry(this.context, above)?.mode === '160000') return this.files([above]);
    }
    return [];
  }
}

const NOT_FOUND = 'source not found, so the build will fail';

const CONTROLS = 'BuildKit refuses a source with a tab or a line feed in its name, so the build will fail';

/** The doubt about inputs with a submodule. */
export const SUBMODULE = 'a submodule is part of it, of which only the commit is known';

function dispute(path: string, count: number): string {
  const others = count > 1 ? ` and ${count - 1} more` : '';
  return `today's Docker excludes ${path}${others}, but Docker 20.10 does not, so it counts as read`;
}

function sizeOf(positions: VisibleFiles['positions']): number {
  return positions instanceof Uint32Array ? positions.length : positions.end - positions.start;
}

function join(sources: readonly ResolvedSource[]): ResolvedSource {
  return { slices: sources.flatMap(({ slices }) => slices), doubts: sources.flatMap(({ doubts }) => doubts) };
}

/** Returns true for a file or folder that Docker sends. */
function isVisible(context: BuildContext, path: string): boolean {
  return visibleEntry(context, path) !== undefined || isVisibleFolder(context, path);
}

/** Lists the files and folders that are `depth` folders deep, or at any depth if it is undefined. */
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

/** BuildKit gives up after so many links in a row. */
const MAX_LINKS = 255;

interface Followed {
  /** The path without links. It may not exist. */
  readonly path: string;
  /** The links on the path. */
  readonly links: readonly string[];
}

/**
 * Follows every link on a path, the last part included. As in BuildKit, a link upwards ends at the context's root. Throws `DockerfileError`
 * for a loop.
 */
function followLinks(context: BuildContext, path: string): Followed {
  if (!context.hasLinks) return { path, links: [] };
  const links = new Set<string>();
  let rest = path.split('/');
  let done = '';
  for (let count = 0; rest.length > 0; ) {
    const next = joinPath(done, rest[0] ?? '');
    rest = rest.slice(1);
    const entry = visibleEntry(context, next);
    if (entry?.mode !== '120000') {
      done = next;
      continue;
    }
    links.add(next);
    if (++count > MAX_LINKS) throw new DockerfileError(`${path} is a loop of symlinks; Docker cannot copy it`);
    const target = linkTarget(context, entry.id, next);
    const from = target.startsWith('/') ? target : joinPath(done, target);
    rest = [...withinRoot(from).split('/'), ...rest];
    done = '';
  }
  return { path: done, links: [...links] };
}

function linkTarget(context: BuildContext, id: string, path: string): string {
  const text = context.texts.get(id);
  if (text !== undefined) return text.toString('utf8');
  throw new Error(
    `the target of symlink ${joinPath(context.folder, path)} (blob ${id}) was not read; pass what requiredBlobs names`,
  );
}
