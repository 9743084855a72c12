/** The index of a values file: every path with what it leads to, and every anchor with all that follow it. */
import { type Document, isAlias, isMap, isNode, isSeq, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { type IndexProblem, isMerge, keyText, type Leaf, offsetOf, type Scan, scanLeaves } from './scan-leaves';
import { childKey, printKey, ROOT_KEY } from './values-path';

/** An anchor of a scalar with all that follow it. */
export interface AnchorGroup {
  readonly name: string;
  readonly definition: Leaf;
  /** In the order of the text, all after the definition. */
  readonly aliases: readonly Leaf[];
}

export interface ValuesIndex {
  /** One for each document. */
  readonly views: readonly ResolvedPaths[];
  readonly groups: readonly AnchorGroup[];
  /** The group that a leaf defines or follows. */
  readonly groupOf: ReadonlyMap<Leaf, AnchorGroup>;
}

/** Indexes all documents of a values file, or says what is in the way. */
export function indexValues(
  documents: readonly Document.Parsed[],
): ValuesIndex | { readonly problems: readonly IndexProblem[] } {
  const scans = documents.map(({ contents }, index) => scanLeaves(contents, index));
  const unknown = scans.flatMap(({ problems }) => problems);
  if (unknown.length > 0) return { problems: unknown };
  const expanded = scans.map((scan, index) => resolvePaths(documents[index]?.contents, scan));
  const problems = expanded.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  if (problems.length > 0) return { problems };
  return { views: expanded.map(({ views }) => views), ...groupLeaves(scans) };
}

/** The path at which a leaf stands, as a person may write it. */
export function pathOf(leaf: Leaf, index: ValuesIndex): string {
  for (const view of index.views[leaf.document]?.values() ?? []) {
    if (view.target === leaf) return printKey(view.key);
  }
  return leaf.key;
}

function groupLeaves(scans: readonly Scan[]): Pick<ValuesIndex, 'groups' | 'groupOf'> {
  const byScalar = new Map<Scalar, { name: string; definition: Leaf; aliases: Leaf[] }>();
  const groupOf = new Map<Leaf, AnchorGroup>();
  for (const leaf of scans.flatMap(({ leaves }) => [...leaves.values()])) {
    if (leaf.scalar.anchor === undefined) continue;
    const group = byScalar.get(leaf.scalar) ?? { name: leaf.scalar.anchor, definition: leaf, aliases: [] };
    if (leaf.node === leaf.scalar) byScalar.set(leaf.scalar, group);
    else group.aliases.push(leaf);
    groupOf.set(leaf, group);
  }
  return { groups: [...byScalar.values()], groupOf };
}

// Finds every path by which a reader of a document reaches a value: through aliases and merge keys too.

/** A place that a reader reaches, with the leaf or the collection there. A leaf in an aliased or merged map has several. */
export interface ResolvedPath {
  readonly key: string;
  readonly document: number;
  readonly target: Leaf | YAMLMap | YAMLSeq;
  /** The merge by which the map at the path gets this value, where that map could have its own instead. */
  readonly merge: Merge | undefined;
}

/** A merge (`<<: *defaults`) as it stands in the text, from its key to the end of its value. */
export interface Merge {
  readonly start: number;
  readonly end: number;
  /** True within `{ }`. */
  readonly inFlow: boolean;
}

/** ResolvedPaths of a document by key, in the order a reader meets them. */
export type ResolvedPaths = ReadonlyMap<string, ResolvedPath>;

/** Aliases of aliases multiply. No chart comes near this; an attack does. */
const MAX_VIEWS = 500_000;

/** True for a view's target that is a scalar or stands for one. */
export function isLeaf(target: ResolvedPath['target']): target is Leaf {
  return 'scalar' in target;
}

/** Expands a scanned document. Stops at the first problem: an alias within its own anchor, or far too many views. */
function resolvePaths(
  contents: unknown,
  scan: Scan,
): { readonly views: ResolvedPaths; readonly problem?: IndexProblem } {
  const { document } = scan;
  const views = new Map<string, ResolvedPath>();
  const open = new Set<unknown>();
  let problem: IndexProblem | undefined;

  // `isOwn`: the map around the node stands at this very path. `merge`: that map merges the node in.
  function expand(written: unknown, key: string, isOwn: boolean, merge: Merge | undefined): void {
    if (problem !== undefined) return;
    if (views.size >= MAX_VIEWS) {
      problem = { offset: offsetOf(written), message: `has aliases that multiply to more than ${MAX_VIEWS} values` };
      return;
    }
    const ownMerge = isOwn ? merge : undefined;
    const leaf = scan.leaves.get(written);
    if (leaf !== undefined) {
      views.set(key, { key, document, target: leaf, merge: ownMerge });
      return;
    }
    const node = isAlias(written) ? scan.sources.get(written) : written;
    if (!isMap(node) && !isSeq(node)) return;
    if (open.has(node)) {
      problem = { offset: offsetOf(written), message: 'has an alias within its own anchor' };
      return;
    }
    views.set(key, { key, document, target: node, merge: ownMerge });
    open.add(node);
    expandChildren(node, key, isOwn && merge === undefined && node === written);
    open.delete(node);
  }

  function expandChildren(node: YAMLMap | YAMLSeq, key: string, isOwn: boolean): void {
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) expand(item, childKey(key, index), isOwn, undefined);
      return;
    }
    for (const [name, { value, merge }] of entriesOf(node, scan, new Set())) {
      expand(value, childKey(key, name), isOwn, merge);
    }
  }

  expand(contents, ROOT_KEY, true, undefined);
  return problem === undefined ? { views } : { views, problem };
}

interface Entry {
  readonly value: unknown;
  readonly merge: Merge | undefined;
}

/** A map's own entries, then those it merges in and does not have itself: https://yaml.org/type/merge.html */
function entriesOf(map: YAMLMap, scan: Scan, open: Set<unknown>): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  if (open.has(map)) return entries;
  for (const pair of map.items) {
    const name = keyText(pair);
    if (name !== undefined) entries.set(name, { value: pair.value, merge: undefined });
  }
  const merges = map.items.filter(isMerge);
  open.add(map);
  for (const pair of merges) {
    const merge = mergeOf(pair, map);
    for (const source of mergedMaps(pair.value, scan)) {
      for (const [name, { value }] of entriesOf(source, scan, open)) {
        if (!entries.has(name)) entries.set(name, { value, merge });
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
