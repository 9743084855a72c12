/** The proof of an edit: reads the new text anew and compares every value with the old. Knows nothing of how the edit was made. */
import { type Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments, type YAMLMap } from 'yaml';
import { type ValuesText, YAML_OPTIONS } from './read-values';
import { childKey, ROOT_KEY } from './values-path';

/** What an edit means to change: per document, the value at a key (see `place-key.ts`). */
export type Meant = readonly ReadonlyMap<string, string>[];

/** A value that is not as it was meant to be. */
interface Deviation {
  readonly document: number;
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What the new text is: no YAML at all, or with deviations, of which a right edit has none. */
type Proof = { readonly fault: string } | { readonly deviations: readonly Deviation[] };

/** Finds every place where the texts differ and should not, or do not have the value that was meant. */
export function proveEdit(before: ValuesText, edited: string, meant: Meant): Proof {
  const after: readonly Document[] = parseAllDocuments(edited, YAML_OPTIONS);
  const fault = after.flatMap(({ errors }) => errors)[0];
  if (fault !== undefined) return { fault: fault.message };
  const deviations: Deviation[] = [];
  const count = Math.max(before.documents.length, after.length);
  for (let document = 0; document < count; document += 1) {
    const wanted = meant[document] ?? new Map<string, string>();
    const compare = comparison(document, wanted, deviations);
    const contents = [before.documents[document], after[document]].map((each) => readContent(each?.contents));
    compare.any(contents[0], contents[1], ROOT_KEY);
    for (const key of wanted.keys()) {
      if (!compare.seen.has(key)) deviations.push({ document, key, before: undefined, after: undefined });
    }
  }
  return { deviations };
}

function comparison(document: number, wanted: ReadonlyMap<string, string>, deviations: Deviation[]) {
  const seen = new Set<string>();

  function any(before: unknown, after: unknown, key: string): void {
    if (before instanceof Map && after instanceof Map) {
      maps(before, after, key);
      return;
    }
    if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
      for (const [index, item] of before.entries()) any(item, after[index], childKey(key, index));
      return;
    }
    const meant = wanted.get(key);
    if (meant !== undefined) seen.add(key);
    const isRight = meant === undefined ? Object.is(before, after) : after === meant;
    if (!isRight) deviations.push({ document, key, before, after });
  }

  function maps(before: Map<unknown, unknown>, after: Map<unknown, unknown>, key: string): void {
    if (before.size !== after.size) deviations.push({ document, key, before, after });
    const others = after.entries();
    for (const [name, value] of before) {
      const [otherName, otherValue] = others.next().value ?? [];
      const inner = childKey(key, String(name));
      if (String(name) === String(otherName)) any(value, otherValue, inner);
      else deviations.push({ document, key: inner, before: name, after: otherName });
    }
  }

  return { any, seen };
}

// What a reader of a YAML document gets: its values, aliases and merges followed. In one pass, however many aliases there are.

/** The content of a document's root node: scalars, arrays and maps. An alias within its own anchor gives the unfinished collection. */
function readContent(root: unknown): unknown {
  const anchored = new Map<string, unknown>();

  function read(node: unknown): unknown {
    if (isAlias(node)) return anchored.get(node.source);
    if (isScalar(node)) return keep(node.anchor, node.value);
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

/** What a map has already wins over what it merges in, and what comes after the merge wins, too, by being set later. */
function merge(source: unknown, map: Map<unknown, unknown>): void {
  if (Array.isArray(source)) {
    for (const each of source) merge(each, map);
  }
  if (!(source instanceof Map)) return;
  for (const [key, value] of source) {
    if (!map.has(key)) map.set(key, value);
  }
}
