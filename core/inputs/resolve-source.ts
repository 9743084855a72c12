/** Finds what one source of an instruction takes from the build context, by BuildKit's rules for paths, globs and links. */
import { type BuildContext, isDisputed, type VisibleFiles, visibleBelow, visibleEntry } from './build-context';
import { DockerfileError } from './dockerfile/dockerfile-error';
import type { ContextRead } from './dockerfile/evaluation';
import { checkPatterns, filterFiles } from './filter-files';
import { findMatches, isVisible } from './find-matches';
import { withinRoot } from './ignore/clean-path';
import { hasWildcard } from './ignore/glob';
import { filePiece, folderPiece, type Piece } from './piece';
import { followLinks } from './symlinks';
import { joinPath, positionOf } from './tree-index';

/** The pieces of a source, and what is doubtful about it, for people. */
export interface ResolvedSource {
  readonly pieces: readonly Piece[];
  readonly doubts: readonly string[];
}

/** Resolves sources in one context; folders that are asked for again are read once. */
export class SourceResolver {
  readonly context: BuildContext;
  private readonly folders = new Map<string, Piece | undefined>();
  private readonly visible = new Map<string, VisibleFiles | undefined>();

  constructor(context: BuildContext) {
    this.context = context;
  }

  /** What a read of the context takes; what it lacks is a doubt. Throws `DockerfileError` for a bad `--exclude` or a loop of links. */
  resolve(read: ContextRead): ResolvedSource {
    checkPatterns(read.excludes);
    const { pieces, doubts } = read.parents ? this.withParents(read) : this.plain(read);
    const submodules = pieces.some((piece) => piece.hasSubmodule) ? [SUBMODULE] : [];
    const disputed = pieces.flatMap((piece) => piece.disputed);
    return {
      pieces,
      doubts: [...doubts, ...submodules, ...disputed.slice(0, 1).map((path) => dispute(path, disputed.length))],
    };
  }

  private plain({ kind, source, excludes }: ContextRead): ResolvedSource {
    const path = withinRoot(source);
    return kind === 'copy' ? this.each(path, (place) => this.place(place, excludes)) : this.place(path, excludes);
  }

  /** `--parents`: what stands before `/./` is the root, the rest a pattern with the rules of ignore files. */
  private withParents({ source, excludes }: ContextRead): ResolvedSource {
    const pivot = source.indexOf('/./');
    const root = withinRoot(pivot < 0 ? '' : source.slice(0, pivot));
    const pattern = withinRoot(pivot < 0 ? source : source.slice(pivot + 3));
    return this.each(root, (place) => {
      const followed = followLinks(this.context, place);
      const below = followed && this.below(followed.path);
      if (followed === undefined || below === undefined) return this.place(place, excludes);
      const files = filterFiles(this.context, followed.path, below, { includes: [pattern], excludes });
      const piece = folderPiece(this.context.tree, this.context.folder, followed.path, files);
      const missing = !hasWildcard(source) && !isVisible(this.context, joinPath(followed.path, pattern));
      return { pieces: [...this.files(followed.links), piece], doubts: missing ? [NOT_FOUND] : [] };
    });
  }

  /** Does something for a path, or for all that match it if it is a pattern. */
  private each(path: string, take: (place: string) => ResolvedSource): ResolvedSource {
    if (!hasWildcard(path)) return take(path);
    const parts = path.split('/');
    const first = parts.findIndex(hasWildcard);
    const base = followLinks(this.context, parts.slice(0, first).join('/'));
    const matches = base && findMatches(this.context, base.path, parts.slice(first).join('/'));
    if (base === undefined || matches === undefined) return { pieces: [], doubts: [NOT_FOUND] };
    return join([{ pieces: this.files(base.links), doubts: [] }, ...matches.map(take)]);
  }

  /** A path that is no pattern: links are followed, folders are taken with all that is in them. */
  private place(path: string, excludes: readonly string[]): ResolvedSource {
    const followed = followLinks(this.context, path);
    if (followed === undefined) throw new DockerfileError(`${path} is a loop of symlinks; Docker cannot copy it`);
    const links = this.files(followed.links);
    const file = this.files([followed.path]);
    if (file.length > 0) return { pieces: [...links, ...file], doubts: [] };
    const folder = this.folder(followed.path, excludes);
    if (folder !== undefined) return { pieces: [...links, folder], doubts: [] };
    const submodule = this.submoduleAbove(followed.path);
    return { pieces: [...links, ...submodule], doubts: submodule.length > 0 ? [] : [NOT_FOUND] };
  }

  private folder(path: string, excludes: readonly string[]): Piece | undefined {
    const key = [path, ...excludes].join('\0');
    if (this.folders.has(key)) return this.folders.get(key);
    const { tree, folder } = this.context;
    const visible = this.below(path);
    const files = visible && filterFiles(this.context, path, visible, { excludes });
    const piece = files && folderPiece(tree, folder, path, files);
    this.folders.set(key, piece);
    return piece;
  }

  private files(paths: readonly string[]): readonly Piece[] {
    const { tree, folder } = this.context;
    return paths.flatMap((path) => {
      const entry = visibleEntry(this.context, path);
      return entry === undefined
        ? []
        : [filePiece(entry, positionOf(tree, joinPath(folder, path)), path, isDisputed(this.context, path))];
    });
  }

  private below(path: string): VisibleFiles | undefined {
    if (!this.visible.has(path)) this.visible.set(path, visibleBelow(this.context, path));
    return this.visible.get(path);
  }

  private submoduleAbove(path: string): readonly Piece[] {
    const parts = path.split('/');
    for (let length = parts.length - 1; length > 0; length--) {
      const above = parts.slice(0, length).join('/');
      if (visibleEntry(this.context, above)?.mode === '160000') return this.files([above]);
    }
    return [];
  }
}

const NOT_FOUND = 'source not found, so the build will fail';
const SUBMODULE = 'a submodule is part of it, of which only the commit is known';

function dispute(path: string, count: number): string {
  const others = count > 1 ? ` and ${count - 1} more` : '';
  return `the ignore file leaves out ${path}${others} today, but not for Docker 20.10, so it counts as read`;
}

function join(sources: readonly ResolvedSource[]): ResolvedSource {
  return { pieces: sources.flatMap(({ pieces }) => pieces), doubts: sources.flatMap(({ doubts }) => doubts) };
}
