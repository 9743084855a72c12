/**
 * Finds the digests that pin the image of a tag. In most charts and in kustomize a digest wins over a tag, so it has to change with the
 * tag. Charts put it under many names: `digest` (Bitnami, cert-manager), `sha` (Grafana, kube-state-metrics), `sha256`, `imageDigest`.
 */
import { isSeq } from 'yaml';
import {
  asField,
  type ImageField,
  isBoolean,
  isDigest,
  isDigestName,
  isTagName,
  isWritable,
  subjectOf,
  wordsOf,
} from './image-fields';
import { currentValue } from './scan-leaves';
import { isLeaf, type ResolvedPath, type ResolvedPaths, textAt, type ValuesIndex } from './values-index';
import { childKey, type PathStep, parentKey, placeOf, ROOT_KEY } from './values-path';

/** The digests that pin the image of a field, and those of which that is not certain. */
export interface Pins {
  readonly own: readonly ImageField[];
  readonly unclear: readonly ImageField[];
}

/**
 * Finds the digests that pin the image of a field, matched by their subject. They are in its map (`image: { tag, sha }`), in `global`, or in a
 * map around it: `imageDigest` beside `image`, `apiDigest` beside `api`, `digests: { api }` beside `tags: { api }`.
 */
export function findPins({ at }: ImageField, index: ValuesIndex): Pins {
  const paths = index.paths[at.document] ?? NO_PATHS;
  const own: Digest[] = [];
  const unclear: Digest[] = [];
  let subject = '';
  for (let key = at.key, depth = 0; key !== ROOT_KEY; key = parentKey(key), depth += 1) {
    subject = subjectOf(nameOf(key, paths)) + subject;
    const map = paths.get(parentKey(key));
    if (depth > 0 && !map?.names.some(isDigestName)) continue;
    const siblings = depth === 0 ? siblingsOf(key, paths) : childrenOf(map, paths);
    for (const pin of digestsIn(siblings, depth === 0, paths)) {
      if (pin.at === at) continue;
      if (pin.subject === subject) (pin.isClear ? own : unclear).push(pin);
      else if (isUnclear(pin, subject, depth) && !hasOwner(pin, siblings)) unclear.push(pin);
    }
  }
  for (const siblings of globalMaps(at, paths)) {
    const pins = digestsIn(siblings, false, paths).filter((pin) => !hasOwner(pin, siblings));
    own.push(...pins.filter((pin) => pin.subject === subject && pin.isClear));
    unclear.push(...pins.filter((pin) => (pin.subject === subject ? !pin.isClear : pin.subject === '')));
  }
  return { own, unclear };
}

const NO_PATHS: ResolvedPaths = new Map();

/** A digest somewhere near a tag. `subject` tells which image it is of: `api` for `apiImageDigest`, empty for `digest`. */
interface Digest extends ImageField {
  readonly subject: string;
  /** True for a digest in a form that can be written, under a name that says what it is. */
  readonly isClear: boolean;
}

/** A digest that may be of the same image: one with a further subject beside the tag (`digestArm64`), or one without a subject. */
function isUnclear(pin: Digest, subject: string, depth: number): boolean {
  if (pin.subject === '') return depth <= 1;
  const isReference = /^[^@]+@/.test(currentValue(pin.leaf));
  return depth === 0 && !isReference && pin.subject.startsWith(subject);
}

/** The names and nodes among which a digest is looked for. */
type Siblings = readonly (readonly [string, ResolvedPath])[];

function childrenOf(map: ResolvedPath | undefined, paths: ResolvedPaths): Siblings {
  return (map?.names ?? []).flatMap((name) => {
    const child = paths.get(childKey(map?.key ?? ROOT_KEY, name));
    return child === undefined ? [] : [[name, child] as const];
  });
}

/** The fields of a map. In a list they include those of an item with the same name, which kustomize applies to the same image. */
function siblingsOf(key: string, paths: ResolvedPaths): Siblings {
  const item = paths.get(parentKey(key));
  const own = childrenOf(item, paths);
  const list = item === undefined ? undefined : paths.get(parentKey(item.key));
  if (item === undefined || list === undefined || isLeaf(list.target) || !isSeq(list.target)) return own;
  const items = list.target.items.flatMap((_, index) => paths.get(childKey(list.key, index)) ?? []);
  if (isValueOfName(key, paths)) {
    return items.flatMap((each) => {
      const value = paths.get(childKey(each.key, 'value'));
      return value === undefined ? [] : [[nameAt(each.key, paths), value] as const];
    });
  }
  const name = nameAt(item.key, paths);
  const twins = items.filter((each) => each !== item && name !== '' && nameAt(each.key, paths) === name);
  return [...own, ...twins.flatMap((each) => childrenOf(each, paths))];
}

/** The last step of a path. The `value` of a list item such as `{ name: IMAGE_TAG, value: v1 }` is called by its name. */
function nameOf(key: string, paths: ResolvedPaths): PathStep {
  return isValueOfName(key, paths) ? nameAt(parentKey(key), paths) : (placeOf(key).at(-1) ?? '');
}

function isValueOfName(key: string, paths: ResolvedPaths): boolean {
  const [item, last] = placeOf(key).slice(-2);
  return typeof item === 'number' && last === 'value' && nameAt(parentKey(key), paths) !== '';
}

function nameAt(item: string, paths: ResolvedPaths): string {
  return textAt(childKey(item, 'name'), paths);
}

function digestsIn(siblings: Siblings, isTagMap: boolean, paths: ResolvedPaths): readonly Digest[] {
  return siblings.flatMap(([name, child]): readonly Digest[] => {
    const isNamed = isDigestName(name);
    if (!isNamed && !isTagMap) return [];
    const [field] = asField(child);
    if (field === undefined) return isNamed ? digestsOf(child, name, paths) : [];
    const value = currentValue(field.leaf);
    const subject = subjectOf(name);
    if (isNamed && isDigest(value)) return [{ ...field, subject, isClear: isWritable(value) }];
    if (/^[^\s@]+@sha\d+:/i.test(value)) return [{ ...field, subject, isClear: true }];
    const isOdd =
      (/^@?sha(256|512):[0-9a-f]/i.test(value) && !wordsOf(name).includes('id')) ||
      (/hash|pin|sum|image/i.test(name) && isDigest(value));
    const isUnreadable = subject === '' && /digest$/i.test(name) && value !== '' && !isBoolean(field.leaf);
    return isOdd || isUnreadable ? [{ ...field, subject, isClear: false }] : [];
  });
}

/** The digests of a map such as `digests: { api, web }` or `digest: { sha256 }`. */
function digestsOf(map: ResolvedPath, mapName: string, paths: ResolvedPaths): readonly Digest[] {
  return childrenOf(map, paths).flatMap(([name, child]) =>
    asField(child)
      .map((field) => ({ field, value: currentValue(field.leaf) }))
      .filter(({ value }) => isDigest(value))
      .map(({ field, value }) => ({
        ...field,
        subject: subjectOf(mapName) + subjectOf(name),
        isClear: isWritable(value),
      })),
  );
}

/** The maps in `global` that may pin an image of the whole chart: `global`, its `image`, and the one that mirrors the map of the tag. */
function globalMaps(at: ResolvedPath, paths: ResolvedPaths): readonly Siblings[] {
  const global = childKey(ROOT_KEY, 'global');
  if (!paths.has(global) || placeOf(at.key)[0] === 'global') return [];
  const keys = new Set([global, childKey(global, 'image'), global + parentKey(at.key)]);
  return [...keys].map((key) => childrenOf(paths.get(key), paths));
}

/** Returns true if a digest belongs to a tag or an image beside it, by its subject. */
function hasOwner({ at, subject }: Digest, siblings: Siblings): boolean {
  return siblings.some(([name, sibling]) => {
    if (sibling === at || isDigestName(name) || subjectOf(name) !== subject) return false;
    if (subject === '' && !isTagName(name) && name !== 'image') return false;
    return !isLeaf(sibling.target) || (currentValue(sibling.target) !== '' && !isBoolean(sibling.target));
  });
}
