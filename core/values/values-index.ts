/** The index of a values file: every path with what it leads to, and every anchor with all that follow it. */
import type { Document, Scalar } from 'yaml';
import { expandViews, type Views } from './expand-views';
import { printKey } from './place-key';
import { type IndexProblem, type Leaf, type Scan, scanLeaves } from './scan-leaves';

/** An anchor of a scalar with all that follow it. */
export interface AnchorGroup {
  readonly name: string;
  readonly definition: Leaf;
  /** In the order of the text, all after the definition. */
  readonly aliases: readonly Leaf[];
}

export interface ValuesIndex {
  /** One for each document. */
  readonly views: readonly Views[];
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
  const expanded = scans.map((scan, index) => expandViews(documents[index]?.contents, scan));
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
