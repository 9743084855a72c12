/**
 * Which services a push may change: those that watch a path it touches. A service watches its Dockerfile, its ignore files, the places
 * that its Dockerfile reads and its declared modules; whatever happens elsewhere cannot reach its input digest.
 */
import type { Module, Service } from '../catalog/catalog';
import { NO_IMAGES } from '../catalog/init-catalog-sources';
import type { BuildFileReader } from '../inputs/build-files';
import { DockerfileError } from '../inputs/dockerfile/dockerfile-error';
import type { ContextRead } from '../inputs/dockerfile/evaluation';
import { evaluateService } from '../inputs/evaluate-service';
import { buildFiles } from '../inputs/files-to-read';
import { withinRoot } from '../inputs/ignore/clean-path';
import { hasWildcard } from '../inputs/ignore/glob';
import { findEntry, folderRange, joinPath, type TreeIndex } from '../inputs/tree-index';
import type { TreeChange } from './compare-trees';

/** Files and folders of the repository; `everything` where links or mistakes make the places uncertain. */
export type Watch = ReadonlySet<string> | 'everything';

/** What a service watches, by its Dockerfile as it is now. */
export function watchOf(service: Service, modules: readonly Module[], files: BuildFileReader, tree: TreeIndex): Watch {
  const build = files.read(service);
  if ('problems' in build) return 'everything';
  try {
    const { reads, services } = evaluateService(service, build, NO_IMAGES);
    const declared = modules.filter(({ name }) => service.dependencies.includes(name)).map(({ path }) => path);
    const places = reads.map((read) => placeOf(read, service.context));
    const all = [...buildFiles(service), ...places.map(({ place }) => place), ...declared];
    const hasLinks =
      all.some((path) => leadsThroughLink(path, tree)) ||
      places.some(({ place, isPattern }) => isPattern && holdsLink(place, tree));
    return hasLinks || services.length > 0 || all.includes('') ? 'everything' : new Set(all);
  } catch (error) {
    if (error instanceof DockerfileError) return 'everything';
    throw error;
  }
}

/** True if one of the changes touches what is watched. */
export function isTouched(watch: Watch, changes: readonly TreeChange[]): boolean {
  if (watch === 'everything') return true;
  const watched = [...watch];
  return changes.some(
    ({ path, before, after }) =>
      // A link can lead a watched path to anywhere.
      before?.mode === '120000' ||
      after?.mode === '120000' ||
      watched.some((place) => isBelow(path, place) || isBelow(place, path)),
  );
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
  const parts = path.split('/');
  return parts.some((_, at) => findEntry(tree, parts.slice(0, at + 1).join('/'))?.mode === '120000');
}

function holdsLink(folder: string, tree: TreeIndex): boolean {
  const { start, end } = folderRange(tree, folder);
  return tree.entries.slice(start, end).some(({ mode }) => mode === '120000');
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
