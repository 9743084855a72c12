/** The index of a values file: every path with the node that it leads to, and every anchor with its aliases. */
import { type Document, isAlias, isMap, isNode, isSeq, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { closest } from '../text/closest';
import type { ValuesText } from './read-values';
import {
  currentValue,
  type IndexProblem,
  isMerge,
  keyText,
  type Leaf,
  offsetOf,
  type Scan,
  scanLeaves,
} from './scan-leaves';
import { childKey, type PathStep, parseValuesPath, printKey, ROOT_KEY } from './values-path';

/** An anchor of a scalar with all its aliases. */
export interface AnchorGroup {
  readonly name: string;
  readonly definition: Leaf;
  /** In the order of the text, all after the definition. */
  readonly aliases: readonly Leaf[];
}

export interface ValuesIndex {
  /** One for each document. */
  readonly paths: readonly ResolvedPaths[];
  readonly groups: readonly AnchorGroup[];
  /** The group that a leaf belongs to, as its definition or as an alias. */
  readonly groupOf: ReadonlyMap<Leaf, AnchorGroup>;
}

/** A values file, read and indexed once for deciding and for editing. */
export interface IndexedValues {
  readonly values: ValuesText;
  readonly index: ValuesIndex;
}

/** The paths of one document by path key, in the order in which a reader meets them. */
export type ResolvedPaths = ReadonlyMap<string, ResolvedPath>;

/** A path with the node that a reader reaches by it. A leaf in an aliased or merged map has several paths. */
export interface ResolvedPath {
  readonly key: string;
  readonly document: number;
  readonly target: Leaf | YAMLMap | YAMLSeq;
  /** The keys of a map, merged ones included; empty for a list and for a leaf. */
  readonly names: readonly string[];
  /** The merge that gives the value to the map around it, if that map could have a value of its own. */
  readonly merge: Merge | undefined;
  /** A key on the path that its map has twice; Helm takes the last one. */
  readonly doubled: DoubledKey | undefined;
}

/** A key that a map has already, at its offset. */
interface DoubledKey {
  readonly name: string;
  readonly offset: number;
}

/** A merge (`<<: *defaults`) in the text, from its key to the end of its value. */
export interface Merge {
  readonly start: number;
  readonly end: number;
  /** True within `{ }`. */
  readonly inFlow: boolean;
}

/** Returns true for a scalar, or an alias of one. */
export function isLeaf(target: ResolvedPath['target']): target is Leaf {
  return 'scalar' in target;
}

/** Returns the value at a path key; empty if there is no single value. */
export function textAt(key: string, paths: ResolvedPaths): string {
  const target = paths.get(key)?.target;
  return target !== undefined && isLeaf(target) ? currentValue(target) : '';
}

/** Indexes all documents of a values file, or returns the reasons not to. */
export function indexValues(
  documents: readonly Document.Parsed[],
): ValuesIndex | { readonly problems: readonly IndexProblem[] } {
  const scans = documents.map(({ contents }, index) => scanLeaves(contents, index));
  const unknown = scans.flatMap(({ problems }) => problems);
  if (unknown.length > 0) return { problems: unknown };
  const resolved = scans.map((scan, index) => resolvePaths(documents[index]?.contents, scan));
  const problems = resolved.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) return { problems };
  return { paths: resolved.map(({ paths }) => paths), ...groupLeaves(scans) };
}

/** Returns the path of a leaf, as a person may write it. */
export function pathOf(leaf: Leaf, index: ValuesIndex): string {
  for (const path of index.paths[leaf.document]?.values() ?? []) {
    if (path.target === leaf) return printKey(path.key);
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

/** Aliases of aliases multiply. No chart comes near this; an attack does. */
const MAX_PATHS = 500_000;

/** The way to a node: its path key, and what `ResolvedPath` says of it. */
interface Way {
  readonly key: string;
  /** True if the map around the node is written at this path, not reached by an alias or a merge. */
  readonly isWrittenHere: boolean;
  readonly merge: Merge | undefined;
  readonly doubled: DoubledKey | undefined;
}

/** Resolves every path of a document. Stops at the first problem: an alias within its own anchor, or far too many paths. */
function resolvePaths(
  contents: unknown,
  scan: Scan,
): { readonly paths: ResolvedPaths; readonly problem?: IndexProblem } {
  const { document } = scan;
  const paths = new Map<string, ResolvedPath>();
  const open = new Set<unknown>();

  function resolve(written: unknown, way: Way): IndexProblem | undefined {
    if (paths.size >= MAX_PATHS) {
      return { offset: offsetOf(written), message: `has aliases that multiply to more than ${MAX_PATHS} values` };
    }
    const { key, doubled } = way;
    const merge = way.isWrittenHere ? way.merge : undefined;
    const leaf = scan.leaves.get(written);
    if (leaf !== undefined) {
      paths.set(key, { key, document, target: leaf, names: NO_NAMES, merge, doubled });
      return undefined;
    }
    const node = isAlias(written) ? scan.sources.get(written) : written;
    if (!isMap(node) && !isSeq(node)) return undefined;
    if (open.has(node)) return { offset: offsetOf(written), message: 'has an alias within its own anchor' };
    const entries: readonly (readonly [string | number, Entry])[] = isMap(node)
      ? [...entriesOf(node, scan, new Set())]
      : node.items.map((value, index) => [index, { value, merge: undefined, doubled: undefined }]);
    const names = isMap(node) ? entries.map(([name]) => String(name)) : NO_NAMES;
    paths.set(key, { key, document, target: node, names, merge, doubled });
    open.add(node);
    const isWrittenHere = way.isWrittenHere && way.merge === undefined && node === written;
    for (const [name, entry] of entries) {
      const problem = resolve(entry.value, {
        key: childKey(key, name),
        isWrittenHere,
        merge: entry.merge,
        doubled: doubled ?? entry.doubled,
      });
      if (problem !== undefined) return problem;
    }
    open.delete(node);
    return undefined;
  }

  const problem = resolve(contents, { key: ROOT_KEY, isWrittenHere: true, merge: undefined, doubled: undefined });
  return problem === undefined ? { paths } : { paths, problem };
}

const NO_NAMES: readonly string[] = [];

interface Entry {
  readonly value: unknown;
  readonly merge: Merge | undefined;
  readonly doubled: DoubledKey | undefined;
}

/** A map's own entries, then the merged ones that it does not have itself: https://yaml.org/type/merge.html */
function entriesOf(map: YAMLMap, scan: Scan, open: Set<unknown>): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  if (open.has(map)) return entries;
  for (const pair of map.items) {
    const name = keyText(pair);
    if (name === undefined) continue;
    const doubled = entries.has(name) ? { name, offset: offsetOf(pair.key) } : undefined;
    entries.set(name, { value: pair.value, merge: undefined, doubled });
  }
  open.add(map);
  for (const pair of map.items.filter(isMerge)) {
    const merge = mergeOf(pair, map);
    for (const source of mergedMaps(pair.value, scan)) {
      for (const [name, entry] of entriesOf(source, scan, open)) {
        if (!entries.has(name)) entries.set(name, { ...entry, merge });
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

/** The reason why a path leads to no tag, with the last node on the way to it. */
export interface Missing {
  readonly missing: string;
  readonly near?: ResolvedPath;
}

/** Finds the node at a path. Looks in all documents; exactly one must have the path. */
export function findPath(path: string, index: ValuesIndex): ResolvedPath | Missing {
  const steps = parseValuesPath(path);
  if (steps === undefined)
    return { missing: 'is not a path; write keys with a dot between them, such as grafana.image.tag' };
  const attempts = index.paths.map((paths) => descend(steps, paths));
  const [found, second] = attempts.flatMap((attempt) => ('target' in attempt ? [attempt] : []));
  if (second !== undefined)
    return { missing: 'is in more than one document of the file; keep it in one', near: second };
  if (found !== undefined) return found;
  const failures = attempts.flatMap((attempt) => ('target' in attempt ? [] : [attempt]));
  return failures.sort((a, b) => b.depth - a.depth)[0] ?? { missing: 'is not in the file, which is empty' };
}

function descend(
  steps: readonly PathStep[],
  paths: ResolvedPaths,
): ResolvedPath | (Missing & { readonly depth: number }) {
  let at = paths.get(ROOT_KEY);
  for (const [depth, step] of steps.entries()) {
    if (at === undefined) break;
    const key = nextKey(at, step, paths);
    const next = key === undefined ? undefined : paths.get(key);
    if (next === undefined) return { missing: whatIsThere(step, at), depth, near: at };
    at = next;
  }
  return at ?? { missing: 'is not in the file, which has no keys', depth: 0 };
}

function nextKey({ key, target }: ResolvedPath, step: PathStep, paths: ResolvedPaths): string | undefined {
  if (typeof step !== 'object') return childKey(key, step);
  const items = isLeaf(target) || !isSeq(target) ? [] : target.items.map((_, index) => childKey(key, index));
  const matching = items.filter((item) => {
    const field = paths.get(childKey(item, step.field))?.target;
    return field !== undefined && isLeaf(field) && String(field.scalar.value) === step.value;
  });
  return matching.length === 1 ? matching[0] : undefined;
}

function whatIsThere(step: PathStep, { key, target, names }: ResolvedPath): string {
  const where = key === ROOT_KEY ? 'the file' : `'${printKey(key)}'`;
  if (isLeaf(target)) return `does not exist: ${where} is a single value`;
  const items = isSeq(target) ? `${target.items.length} items` : 'no items';
  if (typeof step === 'object') {
    const count = isSeq(target) ? `${items}, and not exactly one` : items;
    return `does not exist: ${where} has ${count} with ${step.field} = ${step.value}`;
  }
  if (isSeq(target)) return `does not exist: ${where} is a list of ${items}`;
  const near = closest(String(step), names);
  const listed = names.slice(0, 8).join(', ') + (names.length > 8 ? ', ...' : '');
  return `does not exist: ${where} has no '${step}'${near === undefined ? `, only ${listed || 'nothing'}` : `; did you mean '${near}'?`}`;
}
