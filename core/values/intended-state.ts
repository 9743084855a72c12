/** Turns edits into the state that is meant: what each scalar of the file shall be, and which paths may change thereby. */
import type { Problem } from '../errors';
import { findPlace } from './find-place';
import { withTag } from './image-reference';
import type { ValuesText } from './read-values';
import type { ValuesEdit } from './values-edit';
import { type AnchorGroup, isLeaf, type Leaf, type ValuesIndex, type View } from './values-index';

/** What a leaf shall be. */
export type Wish =
  | { readonly kind: 'own'; readonly value: string }
  | { readonly kind: 'follow'; readonly group: AnchorGroup };

/** A wish with the path that asked for it. */
export interface PathWish {
  readonly path: string;
  readonly view: View;
  readonly leaf: Leaf;
  readonly wish: Wish;
}

export interface IntendedState {
  readonly wishes: readonly PathWish[];
  readonly wishOf: ReadonlyMap<Leaf, Wish>;
  /** The value that each anchor has in the end, where an edit moves it. */
  readonly moved: ReadonlyMap<AnchorGroup, string>;
}

/** A scalar's value as a reader sees it, in the spelling of the file (`1.10` stays `1.10`). */
export function currentValue({ scalar }: Leaf): string {
  if (typeof scalar.value === 'string') return scalar.value;
  return scalar.value === null || scalar.value === undefined ? '' : (scalar.source ?? String(scalar.value));
}

/** The value that a leaf has in the end. */
export function finalValue(leaf: Leaf, index: ValuesIndex, state: IntendedState): string {
  const wish = state.wishOf.get(leaf);
  if (wish?.kind === 'own') return wish.value;
  const group = wish?.group ?? index.groupOf.get(leaf);
  if (group === undefined) return currentValue(leaf);
  return state.moved.get(group) ?? currentValue(group.definition);
}

/** Resolves the edits. Adds to `problems` whatever cannot be done; the state is of use only if there is none. */
export function intendedState(
  edits: readonly ValuesEdit[],
  values: ValuesText,
  index: ValuesIndex,
  problems: Problem[],
): IntendedState {
  const moved = new Map<AnchorGroup, string>();
  const wishes: PathWish[] = [];
  for (const edit of edits) {
    if (edit.kind === 'anchor') {
      const group = groupNamed(edit.anchor, index, values, problems);
      if (group !== undefined)
        moved.set(group, withTag(currentValue(group.definition), group.definition.key, edit.tag, undefined));
      continue;
    }
    const found = findPlace(edit.path, index);
    if ('missing' in found) {
      const line = found.near === undefined ? undefined : lineOfView(found.near, values);
      problems.push({ path: edit.path, message: found.missing, ...(line === undefined ? {} : { line }) });
      continue;
    }
    const wish = wishFor(edit, found.leaf, index, values, problems);
    if (wish !== undefined) wishes.push({ path: edit.path, ...found, wish });
  }
  return { wishes, wishOf: joinWishes(wishes, values, problems), moved };
}

function wishFor(
  edit: Exclude<ValuesEdit, { kind: 'anchor' }>,
  leaf: Leaf,
  index: ValuesIndex,
  values: ValuesText,
  problems: Problem[],
): Wish | undefined {
  if (edit.kind === 'literal') {
    return { kind: 'own', value: withTag(currentValue(leaf), leaf.key, edit.tag, edit.digest) };
  }
  const group = groupNamed(edit.anchor, index, values, problems);
  return group === undefined ? undefined : { kind: 'follow', group };
}

function groupNamed(
  name: string,
  index: ValuesIndex,
  values: ValuesText,
  problems: Problem[],
): AnchorGroup | undefined {
  const groups = index.groups.filter((group) => group.name === name);
  if (groups.length === 1) return groups[0];
  const lines = groups.map((group) => values.lineAt(group.definition.start));
  const message =
    groups.length === 0
      ? 'no single value of the file has this anchor'
      : `is defined ${groups.length} times, on lines ${lines.join(', ')}; keep one`;
  if (!problems.some(({ path }) => path === `&${name}`)) problems.push({ path: `&${name}`, message });
  return undefined;
}

/** One wish per leaf. Two paths to the same place of the text must want the same. */
function joinWishes(wishes: readonly PathWish[], values: ValuesText, problems: Problem[]): Map<Leaf, Wish> {
  const first = new Map<Leaf, PathWish>();
  for (const each of wishes) {
    const other = first.get(each.leaf);
    if (other === undefined) {
      first.set(each.leaf, each);
    } else if (!isSame(other.wish, each.wish)) {
      const line = values.lineAt(each.leaf.start);
      const message = `shares its tag with ${other.path}, which is to ${wanted(other.wish)}, while this one is to ${wanted(each.wish)}; give each a tag of its own`;
      problems.push({ path: each.path, line, message });
    }
  }
  return new Map([...first].map(([leaf, { wish }]) => [leaf, wish]));
}

function isSame(a: Wish, b: Wish): boolean {
  if (a.kind === 'own') return b.kind === 'own' && a.value === b.value;
  return b.kind === 'follow' && a.group === b.group;
}

function wanted(wish: Wish): string {
  return wish.kind === 'own' ? `be ${wish.value}` : `follow &${wish.group.name}`;
}

/** Line of a view's target, from 1. */
export function lineOfView({ target }: View, values: ValuesText): number | undefined {
  const offset = isLeaf(target) ? target.start : target.range?.[0];
  return offset === undefined ? undefined : values.lineAt(offset);
}
