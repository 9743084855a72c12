/** Finds everything in a values file: each scalar with its exact place in the text, and each path by which a reader reaches it. */
import {
  type Alias,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Place } from './values-path';

/** A scalar, or an alias of one, where it stands in the text. Offsets are in UTF-16 units, as in JavaScript strings. */
export interface Leaf {
  readonly node: Scalar | Alias;
  /** What the reader sees: the node itself, or what the alias stands for. */
  readonly scalar: Scalar;
  readonly document: number;
  readonly start: number;
  readonly end: number;
  /** Where its anchor and YAML tag begin; `start` if it has none. */
  readonly outerStart: number;
  /** The key it is the value of, as text. */
  readonly key: string;
  /** True if it is a key, not a value. */
  readonly isKey: boolean;
  /** True if nothing stands there (`tag:`). */
  readonly isEmpty: boolean;
}

/** A path that leads to a leaf or to a collection. A leaf in an aliased or merged map has several. */
export interface View {
  readonly place: Place;
  readonly document: number;
  readonly target: Leaf | YAMLMap | YAMLSeq;
}

/** An anchor of a scalar with all that follow it. */
export interface AnchorGroup {
  readonly name: string;
  readonly definition: Leaf;
  /** In the order of the text, all after the definition. */
  readonly aliases: readonly Leaf[];
}

export interface ValuesIndex {
  /** Views of each document by `placeKey`, in the order of the text. */
  readonly views: readonly ReadonlyMap<string, View>[];
  readonly groups: readonly AnchorGroup[];
  /** The group that a leaf defines or follows. */
  readonly groupOf: ReadonlyMap<Leaf, AnchorGroup>;
}

/** Why a file cannot be indexed, and where. */
export interface IndexProblem {
  readonly offset: number;
  readonly message: string;
}

/** Aliases of aliases multiply. No chart comes near this; an attack does. */
const MAX_VIEWS = 500_000;

interface Scan {
  readonly document: number;
  readonly leaves: Map<unknown, Leaf>;
  readonly anchors: Map<string, Node>;
  readonly sources: Map<Alias, Node>;
  readonly problems: IndexProblem[];
}

/** A place as a key of `ValuesIndex.views`. */
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

/** Indexes all documents of a values file. */
export function indexValues(
  documents: readonly Document.Parsed[],
): ValuesIndex | { readonly problems: IndexProblem[] } {
  const problems: IndexProblem[] = [];
  const scans = documents.map(({ contents }, document): Scan => {
    const scan: Scan = { document, leaves: new Map(), anchors: new Map(), sources: new Map(), problems };
    scanNode(contents, { tokens: [], key: '', isKey: false }, scan);
    return scan;
  });
  if (problems.length > 0) return { problems };
  const views = documents.map(({ contents }, index) => expandDocument(contents, scans[index], problems));
  if (problems.length > 0) return { problems };
  const { groups, groupOf } = groupLeaves(scans);
  return { views, groups, groupOf };
}

// ------------------------------------------------------------------------------------------- what stands in the text

/** Where a node stands: the tokens before it, and the key it belongs to. */
interface Position {
  readonly tokens: readonly CST.SourceToken[];
  readonly key: string;
  readonly isKey: boolean;
}

function scanNode(node: unknown, position: Position, scan: Scan): void {
  if (isAlias(node)) {
    const source = scan.anchors.get(node.source);
    if (source === undefined) {
      scan.problems.push({ offset: offsetOf(node), message: `has the alias *${node.source}, but no anchor before it` });
      return;
    }
    scan.sources.set(node, source);
    if (isScalar(source)) scan.leaves.set(node, leafOf(node, source, position, scan));
    return;
  }
  if (isScalar(node) || isMap(node) || isSeq(node)) {
    if (node.anchor !== undefined) scan.anchors.set(node.anchor, node);
  }
  if (isScalar(node)) scan.leaves.set(node, leafOf(node, node, position, scan));
  else if (isMap(node)) scanMap(node, scan);
  else if (isSeq(node)) scanSeq(node, scan);
}

function scanMap(map: YAMLMap, scan: Scan): void {
  for (const pair of map.items) {
    const item = pair.srcToken;
    scanNode(pair.key, { tokens: item?.start ?? [], key: '', isKey: true }, scan);
    if (pair.value === null) continue;
    scanNode(pair.value, { tokens: item?.sep ?? [], key: keyText(pair) ?? '', isKey: false }, scan);
  }
}

function scanSeq(seq: YAMLSeq, scan: Scan): void {
  const token = seq.srcToken;
  const items: readonly CST.CollectionItem[] = token !== undefined && 'items' in token ? token.items : [];
  const tokensOf = new Map(items.map((item) => [item.value ?? item.key, item.start]));
  for (const item of seq.items) {
    const tokens = isPair(item) ? [] : (tokensOf.get((item as Node).srcToken) ?? []);
    // `[a: 1]` holds a map of one pair without a node of its own.
    scanNode(item, { tokens, key: '', isKey: false }, scan);
  }
}

function leafOf(node: Scalar | Alias, scalar: Scalar, { tokens, key, isKey }: Position, { document }: Scan): Leaf {
  const range = node.range ?? [0, 0, 0];
  const isEmpty = range[0] === range[1];
  const properties = tokens.filter(({ type, offset }) => (type === 'anchor' || type === 'tag') && offset < range[1]);
  const indicator = tokens.findLast(({ type }) => type === 'map-value-ind' || type === 'seq-item-ind');
  const last = properties.at(-1) ?? indicator;
  const start = isEmpty && last !== undefined ? last.offset + last.source.length : range[0];
  const outerStart = properties[0]?.offset ?? start;
  return { node, scalar, document, start, end: isEmpty ? start : range[1], outerStart, key, isKey, isEmpty };
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

// ------------------------------------------------------------------------------------------------ what a reader reaches

function expandDocument(contents: unknown, scan: Scan | undefined, problems: IndexProblem[]): Map<string, View> {
  const views = new Map<string, View>();
  if (scan === undefined) return views;
  const open = new Set<unknown>();

  const expand = (written: unknown, place: Place, key: string): void => {
    if (problems.length > 0) return;
    const leaf = scan.leaves.get(written);
    if (leaf !== undefined) {
      views.set(key, { place, document: scan.document, target: leaf });
      return;
    }
    const node = isAlias(written) ? scan.sources.get(written) : written;
    if (!isMap(node) && !isSeq(node)) return;
    if (views.size > MAX_VIEWS || open.has(node)) {
      const message = open.has(node)
        ? 'has an alias within its own anchor'
        : `has aliases that multiply to more than ${MAX_VIEWS} values`;
      problems.push({ offset: offsetOf(written as Node), message });
      return;
    }
    open.add(node);
    views.set(key, { place, document: scan.document, target: node });
    const children = isMap(node) ? entriesOf(node, scan, new Set()) : node.items.entries();
    for (const [step, child] of children) expand(child, [...place, step], childKey(key, step));
    open.delete(node);
  };

  expand(contents, [], '');
  return views;
}

/** A map's own entries, then those it merges in (`<<`) and does not have itself: https://yaml.org/type/merge.html */
function entriesOf(map: YAMLMap, scan: Scan, seen: Set<unknown>): Map<string, unknown> {
  const entries = new Map<string, unknown>();
  if (seen.has(map)) return entries;
  seen.add(map);
  for (const pair of map.items) {
    const key = keyText(pair);
    if (key !== undefined) entries.set(key, pair.value);
  }
  for (const pair of map.items.filter(isMerge)) {
    for (const source of mergedMaps(pair.value, scan)) {
      for (const [key, value] of entriesOf(source, scan, seen)) {
        if (!entries.has(key)) entries.set(key, value);
      }
    }
  }
  seen.delete(map);
  return entries;
}

function mergedMaps(value: unknown, scan: Scan): YAMLMap[] {
  const node = isAlias(value) ? scan.sources.get(value) : value;
  if (isMap(node)) return [node];
  return isSeq(node) ? node.items.flatMap((item) => mergedMaps(item, scan)) : [];
}

/** The package reads the merge key as a symbol. */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}

function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) && !isMerge(pair) ? String(pair.key.value) : undefined;
}

// -------------------------------------------------------------------------------------------------- anchors of scalars

function groupLeaves(scans: readonly Scan[]): Pick<ValuesIndex, 'groups' | 'groupOf'> {
  const byScalar = new Map<Scalar, { name: string; definition: Leaf; aliases: Leaf[] }>();
  const groupOf = new Map<Leaf, AnchorGroup>();
  for (const leaf of scans.flatMap((scan) => [...scan.leaves.values()])) {
    if (leaf.scalar.anchor === undefined) continue;
    const group = byScalar.get(leaf.scalar) ?? { name: leaf.scalar.anchor, definition: leaf, aliases: [] };
    if (leaf.node === leaf.scalar) byScalar.set(leaf.scalar, group);
    else group.aliases.push(leaf);
    groupOf.set(leaf, group);
  }
  return { groups: [...byScalar.values()], groupOf };
}
