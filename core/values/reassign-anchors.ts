/** Who takes over an anchor when the service that holds its definition (`tag: &tag v1.3.0`) gets a tag of its own. */
import type { Problem } from '../contract/errors';
import type { ValuesText } from './read-values';
import { currentValue } from './requested-edits';
import type { Insertion, IntendedState } from './resolved-edits';
import type { Leaf } from './scan-leaves';
import { type AnchorGroup, pathOf, type ValuesIndex } from './values-index';

/** A place of the text that follows an anchor in the end: a scalar, or a line that is to be added. */
export type Follower = Leaf | Insertion;

/**
 * The new holder of each anchor whose definition goes: the first that follows it. Adds to `problems` where none can take over, or
 * where a value is to follow an anchor that is defined only after it.
 */
export function reassignAnchors(
  index: ValuesIndex,
  state: IntendedState,
  values: ValuesText,
  problems: Problem[],
): ReadonlyMap<Follower, AnchorGroup> {
  const heirs = new Map<Follower, AnchorGroup>();
  for (const group of touchedGroups(index, state)) {
    const { definition, name } = group;
    const joining = joiners(group, index, state);
    problems.push(...early(joining, group, index, { state, values }));
    if (!isAbandoned(group, state)) continue;
    const staying = group.aliases.filter((leaf) => follows(leaf, group, state));
    const heir = [...staying, ...joining].sort((a, b) => positionOf(a) - positionOf(b))[0];
    if (heir === undefined) continue;
    heirs.set(heir, group);
    if (!('isKey' in heir) || !heir.isKey) continue;
    const message = `*${name} is used as a key here, so the anchor cannot leave line ${values.lineAt(definition.start)}`;
    problems.push({ path: `&${name}`, line: values.lineAt(heir.start), message });
  }
  return heirs;
}

/** True if the anchor's own place gets another value than all that follow it. */
export function isAbandoned(group: AnchorGroup, state: IntendedState): boolean {
  const wish = state.wishOf.get(group.definition);
  if (wish === undefined) return false;
  if (wish.kind === 'follow') return wish.group !== group;
  return wish.value !== (state.moved.get(group) ?? currentValue(group.definition));
}

function positionOf(follower: Follower): number {
  return 'merge' in follower ? follower.merge.end : follower.start;
}

function touchedGroups(index: ValuesIndex, state: IntendedState): ReadonlySet<AnchorGroup> {
  const followed = [...state.wishOf.values(), ...[...state.insertions.values()].map(({ wish }) => wish)];
  const groups = [
    ...[...state.wishOf.keys()].map((leaf) => index.groupOf.get(leaf)),
    ...followed.map((wish) => (wish.kind === 'follow' ? wish.group : undefined)),
  ];
  return new Set(groups.filter((group) => group !== undefined));
}

function follows(leaf: Leaf, group: AnchorGroup, state: IntendedState): boolean {
  const wish = state.wishOf.get(leaf);
  return wish === undefined || (wish.kind === 'follow' && wish.group === group);
}

function joiners(group: AnchorGroup, index: ValuesIndex, state: IntendedState): readonly Follower[] {
  const leaves = [...state.wishOf]
    .filter(([leaf, wish]) => wish.kind === 'follow' && wish.group === group && index.groupOf.get(leaf) !== group)
    .map(([leaf]) => leaf);
  const added = [...state.insertions.values()].filter(({ wish }) => wish.kind === 'follow' && wish.group === group);
  return [...leaves, ...added];
}

/** An alias stands behind its anchor, in the same document; where the anchor moves on anyway, the first follower gets it. */
function early(
  joining: readonly Follower[],
  group: AnchorGroup,
  index: ValuesIndex,
  { state, values }: { readonly state: IntendedState; readonly values: ValuesText },
): Problem[] {
  const { name, definition } = group;
  const line = values.lineAt(definition.start);
  return joining.flatMap((follower) => {
    const { document } = 'merge' in follower ? follower.leaf : follower;
    const position = positionOf(follower);
    const isBehind = position > definition.start || isAbandoned(group, state);
    if (isBehind && document === definition.document) return [];
    const path = 'merge' in follower ? follower.path : pathOf(follower, index);
    const message = `cannot follow &${name}, which is defined after it or in another document (line ${line})`;
    return [{ path, line: values.lineAt(position), message }];
  });
}
