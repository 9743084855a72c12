/** The paths that decide the input digest of a service, so that a commit close to a known one is discovered for few services only. */
import type { Module, Service } from '../catalog/model';
import type { ContextRead } from '../dockerfile/evaluate/evaluate-stage';
import type { TreeMode } from '../ports/git';
import { withinRoot } from '../text/clean-path';
import { hasWildcard } from '../text/glob';
import { buildFiles } from './build-files';
import { findEntry, folderOf, folderRange, joinPath, type TreeIndex } from './tree-index';

/**
 * The files and folders that decide the input digest of a service: context, Dockerfile, ignore files, paths that the Dockerfile reads, and
 * declared modules. It is `everything` if links, images of other services, or errors make the paths uncertain.
 */
export type Watch = readonly string[] | 'everything';

interface WatchParts {
  readonly service: Service;
  /** What the Dockerfile reads. */
  readonly reads: readonly ContextRead[];
  readonly declared: readonly Module[];
  readonly tree: TreeIndex;
  /** False if the tree has no symlink at all. */
  readonly hasLinks: boolean;
}

/** Returns the watched paths of a service that uses no image of another one, for its Dockerfile in this tree. */
export function watchOf({ service, reads, declared, tree, hasLinks }: WatchParts): Watch {
  const { context } = service;
  const places = reads.filter((read) => read.context === undefined).map((read) => placeOf(read, context));
  const named = Object.values(service.contexts ?? {});
  const own = [...buildFiles(service), ...(context === '' ? [] : [context])];
  const all = [...own, ...named, ...places.map(({ place }) => place), ...declared.map(({ path }) => path)];
  const isUncertain =
    hasLinks &&
    (all.some((path) => leadsThroughLink(path, tree)) ||
      named.some((folder) => holdsLink(folder, tree)) ||
      places.some(({ place, isPattern }) => isPattern && holdsLink(place, tree)));
  return isUncertain || all.includes('') ? 'everything' : all;
}

/** A path that differs between two trees, with the modes it has in them. */
interface ChangedPath {
  readonly path: string;
  readonly before?: { readonly mode: TreeMode };
  readonly after?: { readonly mode: TreeMode };
}

/** Returns a test for watched paths: true if one of the changes touches them. */
export function touchedBy(changes: readonly ChangedPath[]): (watch: Watch) => boolean {
  // A link can lead a watched path anywhere.
  const hasLink = changes.some(({ before, after }) => before?.mode === '120000' || after?.mode === '120000');
  const changed = new Set(changes.map(({ path }) => path));
  const changedOrAbove = new Set(changes.flatMap(({ path }) => withFolders(path)));
  return (watch) =>
    watch === 'everything' ||
    hasLink ||
    watch.some((place) => changedOrAbove.has(place) || withFolders(place).some((path) => changed.has(path)));
}

/** Returns the path and the folders above it. */
function withFolders(path: string): readonly string[] {
  const all: string[] = [];
  for (let each = path; each !== ''; each = folderOf(each)) all.push(each);
  return all;
}

function placeOf(read: ContextRead, context: string): { place: string; isPattern: boolean } {
  if (read.kind === 'everything') return { place: context, isPattern: false };
  const source = read.parents ? read.source.replace('/./', '/') : read.source;
  const parts = withinRoot(source).split('/');
  const pattern = read.kind === 'mount' ? -1 : parts.findIndex(hasWildcard);
  const fixed = pattern < 0 ? parts : parts.slice(0, pattern);
  return { place: joinPath(context, fixed.join('/')), isPattern: pattern >= 0 };
}

function leadsThroughLink(path: string, tree: TreeIndex): boolean {
  return withFolders(path).some((each) => findEntry(tree, each)?.mode === '120000');
}

function holdsLink(folder: string, tree: TreeIndex): boolean {
  const { start, end } = folderRange(tree, folder);
  return tree.entries.slice(start, end).some(({ mode }) => mode === '120000');
}
