/** The proof of an edit: reads the new text anew and compares every value with the old. Knows nothing of how the edit was made. */
import { type Document, parseAllDocuments } from 'yaml';
import { childKey, ROOT_KEY } from './place-key';
import { readContent } from './read-content';
import type { ValuesText } from './read-values';
import { YAML_OPTIONS } from './yaml-documents';

/** What an edit means to change: per document, the value at a key (see `place-key.ts`). */
export type Meant = readonly ReadonlyMap<string, string>[];

/** A value that is not as it was meant to be. */
export interface Deviation {
  readonly document: number;
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What the new text is: no YAML at all, or with deviations, of which a right edit has none. */
export type Proof = { readonly fault: string } | { readonly deviations: readonly Deviation[] };

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
