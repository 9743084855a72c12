/** Finds every scalar of one document, with its exact place in the text, and the node that each alias refers to. */
import {
  type Alias,
  type CST,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/** A scalar, or an alias of one, at its place in the text. Offsets are in UTF-16 units, as in JavaScript strings. */
export interface Leaf {
  readonly node: Scalar | Alias;
  /** The node itself, or the scalar that the alias refers to. */
  readonly scalar: Scalar;
  /** The number of its document in the file, from 0. */
  readonly document: number;
  readonly start: number;
  readonly end: number;
  /** The offset at which its anchor and YAML tag begin; `start` if it has none. */
  readonly outerStart: number;
  /** The key that has it as its value; empty in a list. */
  readonly key: string;
  /** True if it is a key itself, not a value. */
  readonly isKey: boolean;
}

/** A reason not to index a file, with the offset that shows it. */
export interface IndexProblem {
  readonly offset: number;
  readonly message: string;
}

/** The leaves of one document by node, in the order of the text. */
export interface Scan {
  readonly document: number;
  readonly leaves: ReadonlyMap<unknown, Leaf>;
  /** The node that each alias refers to. */
  readonly sources: ReadonlyMap<unknown, Node>;
  readonly problems: readonly IndexProblem[];
}

/** Scans the contents of a document. `document` is its number in the file, from 0. */
export function scanLeaves(contents: unknown, document: number): Scan {
  const found: Found = { document, leaves: new Map(), anchors: new Map(), sources: new Map(), problems: [] };
  scanNode(contents, { tokens: [], key: '', isKey: false }, found);
  return found;
}

/** Returns the value that a reader of the file gets, in the spelling of the file (`1.10` stays `1.10`). */
export function currentValue({ scalar }: Leaf): string {
  return scalar.value === null ? '' : String(scalar.source ?? scalar.value);
}

/** Returns the key of a pair as text; undefined for a merge key (`<<`) and for a key that is no scalar. */
export function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) && !isMerge(pair) ? String(pair.key.value) : undefined;
}

/** Returns true for the merge key `<<`, which the yaml package reads as a symbol. */
export function isMerge({ key }: Pair): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}

/** Returns the offset at which a node begins. */
export function offsetOf(node: unknown): number {
  return (isNode(node) ? node.range?.[0] : undefined) ?? 0;
}

interface Found {
  readonly document: number;
  readonly leaves: Map<unknown, Leaf>;
  readonly anchors: Map<string, Node>;
  readonly sources: Map<unknown, Node>;
  readonly problems: IndexProblem[];
}

/** The tokens before a node, and the key that it belongs to. */
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
  for (const pair of map.items) {
    const key = keyText(pair);
    if (key?.includes('\0'))
      found.problems.push({ offset: offsetOf(pair.key), message: 'has a key with a NUL character' });
    scanPair(pair, key ?? '', found);
  }
}

function scanPair(pair: Pair, key: string, found: Found): void {
  // A key without an anchor takes no part in any edit.
  if (!isScalar(pair.key) || pair.key.anchor !== undefined)
    scanNode(pair.key, { tokens: pair.srcToken?.start ?? [], key: '', isKey: true }, found);
  scanNode(pair.value, { tokens: pair.srcToken?.sep ?? [], key, isKey: false }, found);
}

function scanSeq(seq: YAMLSeq, found: Found): void {
  const token = seq.srcToken;
  const items: readonly CST.CollectionItem[] = token !== undefined && 'items' in token ? token.items : [];
  const tokensOf = new Map(items.map((item) => [item.value, item.start]));
  for (const item of seq.items) {
    const tokens = (isAlias(item) || isScalar(item) ? tokensOf.get(item.srcToken) : undefined) ?? [];
    // The items of `!!omap` and `!!pairs` are pairs.
    if (isPair(item)) scanPair(item, '', found);
    else scanNode(item, { tokens, key: '', isKey: false }, found);
  }
}

function leafOf(node: Scalar | Alias, scalar: Scalar, { tokens, key, isKey }: Position, document: number): Leaf {
  const [start, end] = node.range ?? [0, 0];
  const leaf = { node, scalar, document, start, end, outerStart: start, key, isKey };
  const properties = tokens.filter(({ type }) => type === 'anchor' || type === 'tag');
  const outerStart = properties[0]?.offset ?? start;
  const before = properties.at(-1) ?? tokens.findLast(({ type }) => type === 'map-value-ind');
  if (start !== end || before === undefined) return { ...leaf, outerStart };
  // An empty value (`tag:`) has no place of its own: a new one goes right behind the colon or the anchor.
  const gap = before.offset + before.source.length;
  return { ...leaf, start: gap, end: gap, outerStart: properties[0]?.offset ?? gap };
}
