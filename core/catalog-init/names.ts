/** Names services and modules after their folders, with as many parent folders in front as make them different. */
import { IMAGE_NAME } from '../catalog/grammar';
import type { Module } from '../catalog/model';
import { findEntry, folderOf, type TreeIndex } from '../input-digest/tree-index';
import { isWithin } from '../text/clean-path';
import { trimEndOf } from '../text/white-space';
import type { BuildSource } from './detect';

/** The parts of a name: folders from the top, then the variant. At least the last `least` parts are used. */
export interface NameParts {
  readonly parts: readonly string[];
  readonly least: number;
}

const LONGEST = 80;

/** Folders that hold Dockerfiles and do not name a service. */
const IS_GENERIC = /^(?:src|docker|dockerfiles?|build|containers?|images?|targets?)$/i;

/** Returns the parts of a service's name, for a Dockerfile in a folder. */
export function serviceNameParts(folder: string, variant: string | undefined): NameParts {
  const folders = folder.split('/').filter((part) => part !== '');
  const telling = folders.slice(0, folders.findLastIndex((part) => !IS_GENERIC.test(part)) + 1);
  const own =
    telling.length === folders.length || variant === undefined ? (telling.at(-1) ?? folders.at(-1)) : undefined;
  // `admin/admin.Dockerfile` is `admin`.
  const isSame = variant?.toLowerCase() === telling.at(-1)?.toLowerCase();
  const parts = [...(telling.length > 0 ? telling : folders), ...(variant === undefined || isSame ? [] : [variant])];
  if (parts.length === 0) return { parts: ['app'], least: 1 };
  return { parts, least: variant === undefined || isSame || own === undefined ? 1 : 2 };
}

/** Returns the parts of the name of one of several services that are built from a Dockerfile in this folder. */
export function variantNameParts(folder: string, name: string): NameParts {
  return { parts: [...folder.split('/').filter((part) => part !== '' && !IS_GENERIC.test(part)), name], least: 1 };
}

/** Returns a legal name for each, all different even without regard to case. Equal names all get parents in front. */
export function uniqueNames(candidates: readonly NameParts[]): readonly string[] {
  const lengths = candidates.map(({ least }) => least);
  const nameOf = (at: number) => joinParts(candidates[at]?.parts ?? [], lengths[at] ?? 1);
  for (let grew = true; grew; ) {
    grew = false;
    const names = candidates.map((_, at) => nameOf(at).toLowerCase());
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const [at, name] of names.entries()) {
      if (counts.get(name) === 1 || (lengths[at] ?? 0) >= (candidates[at]?.parts.length ?? 0)) continue;
      lengths[at] = (lengths[at] ?? 1) + 1;
      grew = true;
    }
  }
  const taken = new Set<string>();
  return candidates.map((_, at) => numbered(nameOf(at), taken));
}

/** Returns the name if it is a legal image name, otherwise the most similar legal one. */
export function imageNameOf(name: string): string {
  if (IMAGE_NAME.test(name)) return name;
  const words = name.toLowerCase().match(/[a-z0-9]+(?:(?:__?|-+|\.)[a-z0-9]+)*/g) ?? ['image'];
  return words.join('-');
}

function joinParts(parts: readonly string[], count: number): string {
  const text = parts
    .slice(-count)
    .map((part) => part.replace(/[^A-Za-z0-9_.-]+/g, '-'))
    .join('-')
    .slice(-LONGEST)
    .replace(/^[.-]+/, '');
  const name = trimEndOf(text, (character) => '.-'.includes(character));
  // A catalog refuses `__proto__`, which JavaScript objects cannot hold safely.
  return name === '' || name === '__proto__' ? 'service' : name;
}

function numbered(name: string, taken: Set<string>): string {
  let found = name;
  for (let number = 2; taken.has(imageNameOf(found.toLowerCase())); number++) {
    found = `${name.slice(0, LONGEST - 4)}-${number}`;
  }
  taken.add(imageNameOf(found.toLowerCase()));
  return found;
}

/** A service with the sources of its Dockerfile. */
interface ReadingService {
  readonly name: string;
  readonly path: string;
  readonly sources: readonly BuildSource[];
}

/** Returns the folders that at least two services read and that contain no service, sorted by path. */
export function guessModules(services: readonly ReadingService[], tree: TreeIndex): readonly Module[] {
  const own = new Set(services.map(({ path }) => path));
  const readers = new Map<string, Set<string>>();
  for (const { name, sources } of services) {
    for (const folder of sources.flatMap(({ place, isWhole, exists }) =>
      isWhole || !exists ? [] : folderIn(place, tree),
    )) {
      readers.set(folder, (readers.get(folder) ?? new Set()).add(name));
    }
  }
  const paths = [...readers]
    .filter(([folder, names]) => names.size > 1 && ![...own].some((path) => isWithin(path, folder) && path !== folder))
    .filter(([folder, names]) => [...names].some((name) => !isOwn(services, name, folder)))
    .map(([folder]) => folder)
    .sort();
  const names = uniqueNames(paths.map((path) => ({ parts: path.split('/'), least: 1 })));
  return paths.map((path, at) => ({ name: names[at] ?? path, path }));
}

/** Returns the modules outside of a service's folder that contain a source of its Dockerfile. */
export function namedModules({ path, sources }: ReadingService, modules: readonly Module[]): readonly Module[] {
  return modules.filter(
    (module) =>
      !isWithin(module.path, path) &&
      sources.some(({ place, isWhole, exists }) => exists && !isWhole && isWithin(place, module.path)),
  );
}

function isOwn(services: readonly ReadingService[], name: string, folder: string): boolean {
  const path = services.find((service) => service.name === name)?.path;
  return path !== undefined && isWithin(folder, path);
}

/** Returns the folder of a source: itself, or the one that contains its file. The repository's root is none. */
function folderIn(place: string, tree: TreeIndex): readonly string[] {
  const folder = findEntry(tree, place) === undefined ? place : folderOf(place);
  return folder === '' ? [] : [folder];
}
