/** Finds every path by which a reader of a document reaches a value: through aliases and merge keys too. */
import { isAlias, isMap, isNode, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { type IndexProblem, isMerge, keyText, type Leaf, offsetOf, type Scan } from './scan-leaves';
import type { Place } from './values-path';

/** A path that leads to a leaf or to a collection. A leaf in an aliased or merged map has several. */
export interface View {
  readonly place: Place;
  readonly document: number;
  readonly target: Leaf | YAMLMap | YAMLSeq;
  /** The merge by which the map at the path gets this value, where that map could have its own instead. */
  readonly merge?: Merge;
}

/** A merge (`<<: *defaults`) as it stands in the text, from its key to the end of its value. */
export interface Merge {
  readonly start: number;
  readonly end: number;
  /** True within `{ }`. */
  readonly inFlow: boolean;
}

/** Views of a document by `placeKey`, in the order a reader meets them. */
export type Views = ReadonlyMap<string, View>;

/** Aliases of aliases multiply. No chart comes near this; an attack does. */
const MAX_VIEWS = 500_000;

/** A place as a key of `Views`. */
export function placeKey(place: Place): string {
  return place.reduce<string>((key, step) => childKey(key, step), '');
}

/** The key of a step below a place. */
export function childKey(parent: string, step: string | number): string {
  return typeof step === 'number' ? `${parent}\u0000#${step}` : `${parent}\u0000.${step}`;
}

/** True for a view's target that is a scalar or stands for one. */
export function isLeaf(target: View['target']): target is Leaf {
  return 'scalar' in target;
}

/** Expands a scanned document. Stops at the first problem: an alias within its own anchor, or far too many views. */
export function expandViews(contents: unknown, scan: Scan): { readonly views: Views; readonly problem?: IndexProblem } {
  const views = new Map<string, View>();
  const open = new Set<unknown>();
  let problem: IndexProblem | undefined;

  function expand(written: unknown, place: Place, key: string, via: Via): void {
    if (problem !== undefined) return;
    const leaf = scan.leaves.get(written);
    const node = leaf ?? (isAlias(written) ? scan.sources.get(written) : written);
    const target = leaf ?? (isMap(node) || isSeq(node) ? node : undefined);
    if (target === undefined) return;
    problem = problemWith(written, node, views.size, open);
    const merge = via.isOwn ? via.merge : undefined;
    views.set(key, { place, document: scan.document, target, ...(merge === undefined ? {} : { merge }) });
    if (isLeaf(target)) return;
    open.add(target);
    const isOwn = via.isOwn && via.merge === undefined && target === written;
    for (const { step, value, merge: from } of childrenOf(target, scan)) {
      expand(value, [...place, step], childKey(key, step), { isOwn, merge: from });
    }
    open.delete(target);
  }

  expand(contents, [], '', { isOwn: true, merge: undefined });
  return problem === undefined ? { views } : { views, problem };
}

/** How a node was reached: `isOwn` if the map around it stands at this very path, `merge` if that map merges the node in. */
interface Via {
  readonly isOwn: boolean;
  readonly merge: Merge | undefined;
}

function problemWith(
  written: unknown,
  node: unknown,
  count: number,
  open: ReadonlySet<unknown>,
): IndexProblem | undefined {
  const offset = offsetOf(written);
  if (open.has(node)) return { offset, message: 'has an alias within its own anchor' };
  if (count < MAX_VIEWS) return undefined;
  return { offset, message: `has aliases that multiply to more than ${MAX_VIEWS} values` };
}

interface Child {
  readonly step: string | number;
  readonly value: unknown;
  readonly merge: Merge | undefined;
}

function childrenOf(node: YAMLMap | YAMLSeq, scan: Scan): Iterable<Child> {
  if (isMap(node)) return entriesOf(node, scan, new Set()).values();
  return node.items.map((value, step) => ({ step, value, merge: undefined }));
}

/** A map's own entries, then those it merges in and does not have itself: https://yaml.org/type/merge.html */
function entriesOf(map: YAMLMap, scan: Scan, open: Set<unknown>): Map<string, Child> {
  const entries = new Map<string, Child>();
  if (open.has(map)) return entries;
  open.add(map);
  for (const pair of map.items) {
    const step = keyText(pair);
    if (step !== undefined) entries.set(step, { step, value: pair.value, merge: undefined });
  }
  for (const pair of map.items.filter(isMerge)) {
    const merge = mergeOf(pair, map);
    for (const source of mergedMaps(pair.value, scan)) {
      for (const [step, { value }] of entriesOf(source, scan, open)) {
        if (!entries.has(step)) entries.set(step, { step, value, merge });
      }
    }
  }
  open.delete(map);
  return entries;
}

function mergeOf({ key, value }: Pair, map: YAMLMap): Merge {
  const end = isNode(value) ? value.range?.[1] : undefined;
  return { start: offsetOf(key), end: end ?? offsetOf(key), inFlow: map.flow === true };
}

function mergedMaps(value: unknown, scan: Scan): YAMLMap[] {
  const node = isAlias(value) ? scan.sources.get(value) : value;
  if (isMap(node)) return [node];
  return isSeq(node) ? node.items.flatMap((item) => mergedMaps(item, scan)) : [];
}
