/** The proof of an edit: reads both texts anew and compares every value. Knows nothing of how the edit was made. */

import { childKey } from './expand-views';
import type { ValuesText } from './read-values';
import type { Place } from './values-path';

/** What an edit means to change: per document, the value at a `placeKey`. */
export type Meant = readonly ReadonlyMap<string, string>[];

/** A value that is not as it was meant to be. */
export interface Deviation {
  readonly document: number;
  readonly place: Place;
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every place where the texts differ and should not, or do not have the value that was meant. Empty: the edit is right. */
export function findDeviations(before: ValuesText, after: ValuesText, meant: Meant): readonly Deviation[] {
  const deviations: Deviation[] = [];
  const count = Math.max(before.documents.length, after.documents.length);
  for (let document = 0; document < count; document += 1) {
    const wanted = meant[document] ?? new Map<string, string>();
    const compare = comparison(document, wanted, deviations);
    compare.any(contentOf(before, document), contentOf(after, document), [], '');
    for (const key of wanted.keys()) {
      if (compare.seen.has(key)) continue;
      deviations.push({ document, place: [], key, before: undefined, after: undefined });
    }
  }
  return deviations;
}

function contentOf({ documents }: ValuesText, index: number): unknown {
  return documents[index]?.toJS({ mapAsMap: true, maxAliasCount: -1 });
}

function comparison(document: number, wanted: ReadonlyMap<string, string>, deviations: Deviation[]) {
  const seen = new Set<string>();

  function any(before: unknown, after: unknown, place: Place, key: string): void {
    if (before instanceof Map && after instanceof Map) {
      maps(before, after, place, key);
      return;
    }
    if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
      for (const [index, item] of before.entries()) any(item, after[index], [...place, index], childKey(key, index));
      return;
    }
    const meant = wanted.get(key);
    if (meant !== undefined) seen.add(key);
    const isRight = meant === undefined ? Object.is(before, after) : after === meant;
    if (!isRight) deviations.push({ document, place, key, before, after });
  }

  function maps(before: Map<unknown, unknown>, after: Map<unknown, unknown>, place: Place, key: string): void {
    const left = [...before];
    const right = [...after];
    if (left.length !== right.length) deviations.push({ document, place, key, before, after });
    for (const [index, [name, value]] of left.entries()) {
      const [otherName, otherValue] = right[index] ?? [];
      const step = String(name);
      const inner = [...place, step];
      if (step !== String(otherName)) deviations.push({ document, place: inner, key, before: name, after: otherName });
      else any(value, otherValue, inner, childKey(key, step));
    }
  }

  return { any, seen };
}
