/** Turns edits into the state that is meant: what each scalar of the file shall be. */
import type { Problem } from '../contract/errors';
import type { ValuesText } from './read-values';
import { currentValue, movedAnchors, type RequestedEdit, type RequestedPath, wishesOf } from './requested-edits';
import type { Leaf } from './scan-leaves';
import type { ValuesEdit } from './values-edit';
import type { AnchorGroup, Merge, ResolvedPath, ValuesIndex } from './values-index';

/** A value that its map got by merge so far and shall have itself. */
export interface Insertion extends RequestedPath {
  readonly merge: Merge;
}

export interface IntendedState {
  /** What is named by an edit, by view. */
  readonly named: ReadonlyMap<ResolvedPath, RequestedPath>;
  readonly wishOf: ReadonlyMap<Leaf, RequestedEdit>;
  readonly insertions: ReadonlyMap<ResolvedPath, Insertion>;
  /** The value that each anchor has in the end, where an edit moves it. */
  readonly moved: ReadonlyMap<AnchorGroup, string>;
}

/** The value that a leaf has in the end. */
export function finalValue(
  leaf: Leaf,
  index: ValuesIndex,
  { wishOf, moved }: Pick<IntendedState, 'wishOf' | 'moved'>,
): string {
  const wish = wishOf.get(leaf);
  if (wish?.kind === 'own') return wish.value;
  const group = wish?.group ?? index.groupOf.get(leaf);
  return group === undefined ? currentValue(leaf) : anchorValue(group, moved);
}

/** The value that an anchor has in the end. */
export function anchorValue(group: AnchorGroup, moved: ReadonlyMap<AnchorGroup, string>): string {
  return moved.get(group) ?? currentValue(group.definition);
}

/** The value that a wish leads to. */
export function wishedValue(wish: RequestedEdit, moved: ReadonlyMap<AnchorGroup, string>): string {
  return wish.kind === 'own' ? wish.value : anchorValue(wish.group, moved);
}

/** Resolves the edits. Adds to `problems` whatever cannot be done; the state is of use only if there is none. */
export function intendedState(
  edits: readonly ValuesEdit[],
  values: ValuesText,
  index: ValuesIndex,
  problems: Problem[],
): IntendedState {
  const moved = movedAnchors(
    edits.filter((edit) => edit.kind === 'anchor'),
    index,
    values,
    problems,
  );
  const wishes = edits.flatMap((edit) => (edit.kind === 'anchor' ? [] : wishesOf(edit, index, values, problems)));
  const atHome = wishes.filter(({ view }) => view.merge === undefined);
  const wishOf = joinWishes(atHome, ({ leaf }) => leaf, values, problems);
  const inserted = wishes.filter((each) => isMissingByMerge(each, index, { wishOf, moved }));
  joinWishes(inserted, ({ view }) => view, values, problems);
  return {
    named: new Map(wishes.map((each) => [each.view, each])),
    wishOf,
    insertions: new Map(
      inserted.flatMap((each) =>
        each.view.merge === undefined ? [] : [[each.view, { ...each, merge: each.view.merge }]],
      ),
    ),
    moved,
  };
}

/** True if a map gets another value by merge than is wished for it. */
function isMissingByMerge(
  { view, leaf, wish }: RequestedPath,
  index: ValuesIndex,
  state: Pick<IntendedState, 'wishOf' | 'moved'>,
): boolean {
  if (view.merge === undefined) return false;
  if (wish.kind === 'follow') return index.groupOf.get(leaf) !== wish.group || state.wishOf.has(leaf);
  return wish.value !== finalValue(leaf, index, state);
}

/** One wish for each place of the text. Two paths to the same place must want the same. */
function joinWishes<Where>(
  wishes: readonly RequestedPath[],
  placeOf: (wish: RequestedPath) => Where,
  values: ValuesText,
  problems: Problem[],
): ReadonlyMap<Where, RequestedEdit> {
  const first = new Map<Where, RequestedPath>();
  for (const each of wishes) {
    const other = first.get(placeOf(each));
    if (other === undefined) first.set(placeOf(each), each);
    else if (!isSame(other.wish, each.wish)) problems.push(conflict(other, each, values));
  }
  return new Map([...first].map(([place, { wish }]) => [place, wish]));
}

function conflict(first: RequestedPath, second: RequestedPath, values: ValuesText): Problem {
  const line = values.lineAt(second.leaf.start);
  const message = `is the same tag as ${first.path}, which is to ${wanted(first.wish)}, while this one is to ${wanted(second.wish)}; give each service a tag of its own`;
  return { path: second.path, line, message };
}

function isSame(a: RequestedEdit, b: RequestedEdit): boolean {
  if (a.kind === 'own') return b.kind === 'own' && a.value === b.value;
  return b.kind === 'follow' && a.group === b.group;
}

function wanted(wish: RequestedEdit): string {
  return wish.kind === 'own' ? `be ${wish.value}` : `follow &${wish.group.name}`;
}
