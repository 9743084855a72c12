/** Finds what each edit is about: the place in the file, the anchor, and the digest that is pinned beside a tag. */
import type { Problem } from '../errors';
import { isLeaf, type View } from './expand-views';
import { type Found, findPlace } from './find-place';
import { withTag } from './image-reference';
import { childKey, parentKey } from './place-key';
import type { ValuesText } from './read-values';
import type { Leaf } from './scan-leaves';
import type { AnchorEdit, ChangeKind, TagEdit } from './values-edit';
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

/** A scalar's value as a reader sees it, in the spelling of the file (`1.10` stays `1.10`). */
export function currentValue({ scalar }: Leaf): string {
  if (typeof scalar.value === 'string') return scalar.value;
  return scalar.value === null || scalar.value === undefined ? '' : (scalar.source ?? String(scalar.value));
}

/** The value that each moved anchor gets. Adds to `problems` an anchor that is not there, or there twice. */
export function movedAnchors(
  edits: readonly AnchorEdit[],
  index: ValuesIndex,
  values: ValuesText,
  problems: Problem[],
) {
  const moved = new Map<AnchorGroup, string>();
  for (const { anchor, tag } of edits) {
    const group = groupNamed(anchor, index, values, problems);
    if (group === undefined) continue;
    moved.set(group, withTag(currentValue(group.definition), group.definition.key, tag, undefined));
  }
  return moved;
}

/** What an edit wishes for its tag, and for the digest beside it. Adds to `problems` a path or an anchor that is not there. */
export function wishesOf(
  edit: TagEdit,
  index: ValuesIndex,
  values: ValuesText,
  problems: Problem[],
): readonly PathWish[] {
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
function pinnedDigest(path: string, { key: of, document }: View, index: ValuesIndex, digest = ''): readonly PathWish[] {
  const key = childKey(parentKey(of), 'digest');
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
