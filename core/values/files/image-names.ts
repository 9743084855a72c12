/** Finds the name under which a chart pulls the image of a tag, as far as a values file has it. */
import type { TagPlace } from '../../contract/image';
import { findImageField, type ImageField, readReference } from '../image-fields';
import { currentValue } from '../scan-leaves';
import { isLeaf, type ResolvedPath, type ResolvedPaths, textAt } from '../values-index';
import { childKey, parentKey, printKey, ROOT_KEY } from '../values-path';
import { locateTag } from './locate-tag';
import type { OpenFile } from './values-files';

/** The name of an image, and the field that has its registry. */
export interface ImageName {
  readonly file: string;
  readonly path: string;
  readonly line: number;
  readonly value: string;
  /** The whole name without tag and digest: `registry.example/shop/auth`. The registry alone if a template has the rest. */
  readonly name: string;
  readonly isWhole: boolean;
}

/** The fields beside a tag that have the name of its image. */
const NAMES = ['repository', 'imageRepository', 'repo', 'newName', 'imageName', 'image'] as const;

/** The fields that have the registry of a name without one. The last two are those of Helm charts that use `global`. */
const REGISTRIES = ['registry', 'imageRegistry'] as const;
const GLOBAL_REGISTRIES = ['imageRegistry', 'registry'] as const;

/**
 * Returns the possible names of the image of a tag: several if the file has several registries for it, because only the chart's templates tell
 * which of them wins. None if the file does not name its registry.
 */
export function imageNames(place: TagPlace, files: readonly OpenFile[]): readonly ImageName[] {
  const located = locateTag(place, files);
  if ('problem' in located) return [];
  const { file, path } = located;
  const field = findImageField(path, file.index);
  if ('missing' in field) return [];
  const paths = file.index.paths[field.at.document] ?? new Map();
  const named = nameOf(field, paths);
  if (named !== undefined && !/^[\w.:/-]+$/.test(named.text)) return [];
  const withPlace = (at: ResolvedPath, name: string, isWhole: boolean): readonly ImageName[] => {
    if (!isLeaf(at.target)) return [];
    const line = file.values.lineAt(at.target.start);
    return [{ file: file.path, path: printKey(at.key), line, value: currentValue(at.target), name, isWhole }];
  };
  if (named !== undefined && hasHost(named.text)) return withPlace(named.at, named.text, true);
  return registriesOf(field, paths).flatMap(({ at, text }) =>
    withPlace(at, named === undefined ? text : `${text}/${named.text}`, named !== undefined),
  );
}

interface TextAt {
  readonly at: ResolvedPath;
  readonly text: string;
}

/** The name in the tag itself, otherwise in the field beside it; undefined if a template has it. */
function nameOf({ at, leaf }: ImageField, paths: ResolvedPaths): TextAt | undefined {
  const own = readReference(currentValue(leaf), leaf.key).name;
  if (own !== '') return { at, text: own };
  const map = parentKey(at.key);
  const keys = paths.get(map)?.names.includes('newTag') ? [...NAMES, 'name'] : NAMES;
  const [found] = keys.flatMap((key) => fieldAt(childKey(map, key), paths));
  return found && { at: found.at, text: readReference(found.text, 'image').name };
}

function registriesOf({ at }: ImageField, paths: ResolvedPaths): readonly TextAt[] {
  const map = parentKey(at.key);
  const global = childKey(ROOT_KEY, 'global');
  const keys = [
    ...REGISTRIES.map((key) => childKey(map, key)),
    ...GLOBAL_REGISTRIES.map((key) => childKey(global, key)),
    childKey(childKey(global, 'image'), 'registry'),
  ];
  return keys
    .flatMap((key) => fieldAt(key, paths))
    .map(({ at: field, text }) => ({ at: field, text: text.replace(/\/+$/, '') }))
    .filter(({ text }) => hasHost(`${text}/`) && /^[\w.:/-]+$/.test(text));
}

function fieldAt(key: string, paths: ResolvedPaths): readonly TextAt[] {
  const at = paths.get(key);
  const text = textAt(key, paths);
  return at === undefined || text === '' ? [] : [{ at, text }];
}

/** The first part of a name is a host if it has a dot or a port: https://github.com/distribution/reference. */
function hasHost(name: string): boolean {
  const [first = '', rest] = name.split('/');
  return rest !== undefined && (/[.:]/.test(first) || first === 'localhost');
}
