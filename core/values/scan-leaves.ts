/** Finds every scalar that stands in one document, with its exact place in the text, and what each alias stands for. */
import {
  type Alias,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

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
}

/** Why a file cannot be indexed, and where. */
export interface IndexProblem {
  readonly offset: number;
  readonly message: string;
}

/** What was found in one document, in the order of the text. */
export interface Scan {
  readonly document: number;
  readonly leaves: ReadonlyMap<unknown, Leaf>;
  /** What each alias stands for. */
  readonly sources: ReadonlyMap<unknown, Node>;
  readonly problems: readonly IndexProblem[];
}

/** Scans a document's contents. `document` is its number in the file, from 0. */
export function scanLeaves(contents: unknown, document: number): Scan {
  const found: Found = { document, leaves: new Map(), anchors: new Map(), sources: new Map(), problems: [] };
  scanNode(contents, { tokens: [], key: '', isKey: false }, found);
  return found;
}

/** The key of a pair as text; undefined for a merge key (`<<`) and for keys that are no scalars. */
export function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) && !isMerge(pair) ? String(pair.key.value) : undefined;
}

/** True for the merge key `<<`, which the package reads as a symbol. */
export function isMerge({ key }: Pair): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}

/** Where a node begins in the text. */
export function offsetOf(node: unknown): number {
  return (isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined) ?? 0;
}

interface Found {
  readonly document: number;
  readonly leaves: Map<unknown, Leaf>;
  readonly anchors: Map<string, Node>;
  readonly sources: Map<unknown, Node>;
  readonly problems: IndexProblem[];
}

/** Where a node stands: the tokens before it, and the key it belongs to. */
interface Position {
  readonly tokens: readonly CST.SourceToken[];
  readonly key: string;
  readonly isKey: boolean;
}

function scanNode(node: unknown, position: Position, found: Found): void {
  if (isAlias(node)) {
    const source = found.anchors.get(node.source);
    if (source === undefined) {
      const message = `has the alias *${node.source}, but no anchor of that name before it`;
      found.problems.push({ offset: offsetOf(node), message });
      return;
    }
    found.sources.set(node, source);
    if (isScalar(source)) found.leaves.set(node, leafOf(node, source, position, found.document));
  } else if (isScalar(node)) {
    if (node.anchor !== undefined) found.anchors.set(node.anchor, node);
    found.leaves.set(node, leafOf(node, node, position, found.document));
  } else if (isMap(node) || isSeq(node)) {
    if (node.anchor !== undefined) found.anchors.set(node.anchor, node);
    if (isMap(node)) scanMap(node, found);
    else scanSeq(node, found);
  }
}

function scanMap(map: YAMLMap, found: Found): void {
  const seen = new Set<string>();
  for (const pair of map.items) {
    const key = keyText(pair);
    if (key !== undefined && seen.has(key)) {
      found.problems.push({
        offset: offsetOf(pair.key),
        message: `has the key ${JSON.stringify(key.slice(0, 80))} here for the second time; keep one`,
      });
    }
    if (key?.includes('\0'))
      found.problems.push({ offset: offsetOf(pair.key), message: 'has a key with a NUL character' });
    if (key !== undefined) seen.add(key);
    // A key without an anchor takes no part in anything.
    if (!isScalar(pair.key) || pair.key.anchor !== undefined)
      scanNode(pair.key, { tokens: pair.srcToken?.start ?? [], key: '', isKey: true }, found);
    scanNode(pair.value, { tokens: pair.srcToken?.sep ?? [], key: key ?? '', isKey: false }, found);
  }
}

function scanSeq(seq: YAMLSeq, found: Found): void {
  const token = seq.srcToken;
  const items: readonly CST.CollectionItem[] = token !== undefined && 'items' in token ? token.items : [];
  const tokensOf = new Map(items.map((item) => [item.value, item.start]));
  for (const item of seq.items) {
    const tokens = (isAlias(item) || isScalar(item) ? tokensOf.get(item.srcToken) : undefined) ?? [];
    scanNode(item, { tokens, key: '', isKey: false }, found);
  }
}

function leafOf(node: Scalar | Alias, scalar: Scalar, { tokens, key, isKey }: Position, document: number): Leaf {
  const [start, end] = node.range ?? [0, 0];
  const leaf = { node, scalar, document, start, end, outerStart: start, key, isKey };
  const hasProperties = isScalar(node) && (node.anchor !== undefined || node.tag !== undefined);
  if (!hasProperties && start !== end) return leaf;
  const properties = tokens.filter(({ type }) => type === 'anchor' || type === 'tag');
  const outerStart = properties[0]?.offset ?? start;
  const before = properties.at(-1) ?? tokens.findLast(({ type }) => type === 'map-value-ind');
  if (start !== end || before === undefined) return { ...leaf, outerStart };
  // Nothing stands there (`tag:`): a value goes right behind the colon or the anchor.
  const gap = before.offset + before.source.length;
  return { ...leaf, start: gap, end: gap, outerStart: properties[0]?.offset ?? gap };
}
