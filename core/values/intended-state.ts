/** Turns edits into the state that is meant: what each scalar of the file shall be. */
import type { Problem } from '../errors';
import { childKey, isLeaf, type Merge, placeKey, type View } from './expand-views';
import { type Found, findPlace } from './find-place';
import { withTag } from './image-reference';
import type { ValuesText } from './read-values';
import type { Leaf } from './scan-leaves';
import type { AnchorEdit, ChangeKind, TagEdit, ValuesEdit } from './values-edit';
import type { AnchorGroup, ValuesIndex } from './values-index';

/** What a value shall be. */
export type Wish =
  | { readonly kind: 'own'; readonly value: string }
  | { readonly kind: 'follow'; readonly group: AnchorGroup };

/** A wish for the value at a path. */
export interface PathWish {
  readonly path: string;
  readonly view: View;
  readonly leaf: Leaf;
  readonly wish: Wish;
  readonly how: ChangeKind;
}

/** A value that its map got by merge so far and shall have itself. */
export interface Insertion extends PathWish {
  readonly merge: Merge;
}

export interface IntendedState {
  /** What is named by an edit, by view. */
  readonly named: ReadonlyMap<View, PathWish>;
  readonly wishOf: ReadonlyMap<Leaf, Wish>;
  readonly insertions: ReadonlyMap<View, Insertion>;
  /** The value that each anchor has in the end, where an edit moves it. */
  readonly moved: ReadonlyMap<AnchorGroup, string>;
}

/** A scalar's value as a reader sees it, in the spelling of the file (`1.10` stays `1.10`). */
export function currentValue({ scalar }: Leaf): string {
  if (typeof scalar.value === 'string') return scalar.value;
  return scalar.value === null || scalar.value === undefined ? '' : (scalar.source ?? String(scalar.value));
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
export function wishedValue(wish: Wish, moved: ReadonlyMap<AnchorGroup, string>): string {
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

function movedAnchors(edits: readonly AnchorEdit[], index: ValuesIndex, values: ValuesText, problems: Problem[]) {
  const moved = new Map<AnchorGroup, string>();
  for (const { anchor, tag } of edits) {
    const group = groupNamed(anchor, index, values, problems);
    if (group === undefined) continue;
    moved.set(group, withTag(currentValue(group.definition), group.definition.key, tag, undefined));
  }
  return moved;
}

function wishesOf(edit: TagEdit, index: ValuesIndex, values: ValuesText, problems: Problem[]): readonly PathWish[] {
  const found = findPlace(edit.path, index);
  if ('missing' in found) {
    problems.push(missingProblem(edit.path, found, values));
    return [];
  }
  const { path } = edit;
  const { leaf, view } = found;
  const current = currentValue(leaf);
  if (edit.kind === 'pin') return [{ path, view, leaf, wish: { kind: 'own', value: current }, how: 'pinned' }];
  const digest = pinnedDigest(path, view, index, edit.digest);
  if (edit.kind === 'literal') {
    const value = withTag(current, leaf.key, edit.tag, edit.digest);
    return [{ path, view, leaf, wish: { kind: 'own', value }, how: 'literal' }, ...digest];
  }
  const group = groupNamed(edit.anchor, index, values, problems);
  return group === undefined ? [] : [{ path, view, leaf, wish: { kind: 'follow', group }, how: 'follow' }, ...digest];
}

/** A path that is not there, as a problem with its line. */
export function missingProblem(path: string, found: Extract<Found, { missing: string }>, values: ValuesText): Problem {
  const target = found.near?.target;
  const offset = target === undefined ? undefined : isLeaf(target) ? target.start : target.range?.[0];
  const problem = { path, message: found.missing };
  return offset === undefined ? problem : { ...problem, line: values.lineAt(offset) };
}

/** The `digest` beside a tag wins over the tag in most charts, so that it has to move with it. */
function pinnedDigest(path: string, { place, document }: View, index: ValuesIndex, digest = ''): readonly PathWish[] {
  const key = childKey(placeKey(place.slice(0, -1)), 'digest');
  const view = index.views[document]?.get(key);
  if (view === undefined || !isLeaf(view.target) || !currentValue(view.target).startsWith('sha256:')) return [];
  return [{ path, view, leaf: view.target, wish: { kind: 'own', value: digest }, how: 'digest' }];
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

/** True if a map gets another value by merge than is wished for it. */
function isMissingByMerge(
  { view, leaf, wish }: PathWish,
  index: ValuesIndex,
  state: Pick<IntendedState, 'wishOf' | 'moved'>,
): boolean {
  if (view.merge === undefined) return false;
  if (wish.kind === 'follow') return index.groupOf.get(leaf) !== wish.group || state.wishOf.has(leaf);
  return wish.value !== finalValue(leaf, index, state);
}

/** One wish for each place of the text. Two paths to the same place must want the same. */
function joinWishes<Where>(
  wishes: readonly PathWish[],
  placeOf: (wish: PathWish) => Where,
  values: ValuesText,
  problems: Problem[],
): ReadonlyMap<Where, Wish> {
  const first = new Map<Where, PathWish>();
  for (const each of wishes) {
    const other = first.get(placeOf(each));
    if (other === undefined) first.set(placeOf(each), each);
    else if (!isSame(other.wish, each.wish)) problems.push(conflict(other, each, values));
  }
  return new Map([...first].map(([place, { wish }]) => [place, wish]));
}

function conflict(first: PathWish, second: PathWish, values: ValuesText): Problem {
  const line = values.lineAt(second.leaf.start);
  const message = `is the same tag as ${first.path}, which is to ${wanted(first.wish)}, while this one is to ${wanted(second.wish)}; give each service a tag of its own`;
  return { path: second.path, line, message };
}

function isSame(a: Wish, b: Wish): boolean {
  if (a.kind === 'own') return b.kind === 'own' && a.value === b.value;
  return b.kind === 'follow' && a.group === b.group;
}

function wanted(wish: Wish): string {
  return wish.kind === 'own' ? `be ${wish.value}` : `follow &${wish.group.name}`;
}
