/** The proof of an edit: reads the new text and compares every value with the old one. It knows nothing of how the edit was made. */
import { isAlias, isMap, isPair, isScalar, isSeq, parseAllDocuments, type YAMLMap } from 'yaml';
import { isFatal, type ValuesText, YAML_OPTIONS } from './read-values';
import { refuseValues } from './values-edit';
import { childKey, ROOT_KEY } from './values-path';

/** The changes that an edit is meant to make: for each document the new value by path key. */
export type ExpectedChanges = readonly ReadonlyMap<string, string>[];

/** A value that differs from the expected one. */
interface Deviation {
  readonly document: number;
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Returns the deviations of an edit; a right one has none. All values of the two texts are compared: they may differ only as expected, and
 * everything that is expected must be there. Throws `ValuesFile` if the new text is not YAML.
 */
export function proveEdit(before: ValuesText, edited: string, expected: ExpectedChanges): readonly Deviation[] {
  const after = parseAllDocuments(edited, YAML_OPTIONS);
  const fault = after.flatMap(({ errors }) => errors).find(isFatal);
  if (fault !== undefined) {
    const message = `is written in a form of YAML that this edit would break (${fault.message})`;
    throw refuseValues(before.file, [{ path: before.file, message }]);
  }
  const deviations: Deviation[] = [];
  const count = Math.max(before.documents.length, after.length);
  for (let document = 0; document < count; document += 1) {
    const wanted = expected[document] ?? new Map<string, string>();
    const seen = new Set<string>();
    const compare = comparison(wanted, seen, (key, one, other) =>
      deviations.push({ document, key, before: one, after: other }),
    );
    compare(readContent(before.documents[document]?.contents), readContent(after[document]?.contents), ROOT_KEY);
    for (const key of wanted.keys()) {
      if (!seen.has(key)) deviations.push({ document, key, before: undefined, after: undefined });
    }
  }
  return deviations;
}

type Compare = (before: unknown, after: unknown, key: string) => void;

/** Compares structures value by value. Adds the expected paths that it meets to `seen`, and calls `deviate` for each deviation. */
function comparison(
  expected: ReadonlyMap<string, string>,
  seen: Set<string>,
  deviate: (key: string, before: unknown, after: unknown) => void,
): Compare {
  function compare(before: unknown, after: unknown, key: string): void {
    if (before instanceof Map && after instanceof Map) {
      compareMaps(before, after, key);
      return;
    }
    if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
      for (const [index, item] of before.entries()) compare(item, after[index], childKey(key, index));
      return;
    }
    const wanted = expected.get(key);
    if (wanted !== undefined) seen.add(key);
    const isRight = wanted === undefined ? isSame(before, after) : after === wanted;
    if (!isRight) deviate(key, before, after);
  }

  function compareMaps(before: Map<unknown, unknown>, after: Map<unknown, unknown>, key: string): void {
    if (before.size !== after.size) deviate(key, before, after);
    const others = after.entries();
    for (const [name, value] of before) {
      const [otherName, otherValue] = others.next().value ?? [];
      const inner = childKey(key, String(name));
      if (String(name) === String(otherName)) compare(value, otherValue, inner);
      else deviate(inner, name, otherName);
    }
  }

  return compare;
}

/** The YAML tags `!!binary` and `!!timestamp` give objects, which are compared by what they hold. */
function isSame(before: unknown, after: unknown): boolean {
  if (before instanceof Uint8Array && after instanceof Uint8Array) return Buffer.compare(before, after) === 0;
  if (before instanceof Date && after instanceof Date) return Object.is(before.getTime(), after.getTime());
  return Object.is(before, after);
}

/**
 * Returns what a reader of a document gets: scalars, arrays and maps, with aliases and merges resolved. One pass, however many aliases
 * there are. An alias within its own anchor gives the unfinished collection.
 */
function readContent(root: unknown): unknown {
  const anchored = new Map<string, unknown>();

  function read(node: unknown): unknown {
    if (isAlias(node)) return anchored.get(node.source);
    if (isScalar(node)) return keep(node.anchor, node.value);
    if (isPair(node)) return new Map([[read(node.key), read(node.value)]]);
    if (isSeq(node)) {
      const list: unknown[] = [];
      keep(node.anchor, list);
      for (const item of node.items) list.push(read(item));
      return list;
    }
    return isMap(node) ? readMap(node) : null;
  }

  function readMap(node: YAMLMap): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    keep(node.anchor, map);
    for (const { key, value } of node.items) {
      const isMerge = isScalar(key) && typeof key.value === 'symbol';
      if (isMerge) merge(read(value), map);
      else map.set(read(key), read(value));
    }
    return map;
  }

  function keep(anchor: string | undefined, value: unknown): unknown {
    if (anchor !== undefined) anchored.set(anchor, value);
    return value;
  }

  return read(root);
}

/** A map's own keys win over merged ones. Those after the merge win, too, since they are set later. */
function merge(source: unknown, map: Map<unknown, unknown>): void {
  if (Array.isArray(source)) {
    for (const each of source) merge(each, map);
  }
  if (!(source instanceof Map)) return;
  for (const [key, value] of source) {
    if (!map.has(key)) map.set(key, value);
  }
}
