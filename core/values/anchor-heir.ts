/** Who takes over an anchor when the service that holds its definition (`tag: &tag v1.3.0`) gets a tag of its own. */
import type { Problem } from '../errors';
import type { IntendedState } from './intended-state';
import type { ValuesText } from './read-values';
import type { Leaf } from './scan-leaves';
import { type AnchorGroup, pathOf, type ValuesIndex } from './values-index';
import { currentValue } from './wishes';

/**
 * The new holder of each anchor whose definition goes: the first that follows it. Adds to `problems` where none can take over, or
 * where a value is to follow an anchor that is defined only after it.
 */
export function anchorHeirs(
  index: ValuesIndex,
  state: IntendedState,
  values: ValuesText,
  problems: Problem[],
): ReadonlyMap<Leaf, AnchorGroup> {
  const heirs = new Map<Leaf, AnchorGroup>();
  for (const group of touchedGroups(index, state)) {
    const { definition, name } = group;
    const joining = joiners(group, index, state);
    if (!isAbandoned(group, state)) {
      problems.push(...early(joining, group, index, values));
      continue;
    }
    const staying = group.aliases.filter((leaf) => follows(leaf, group, state));
    const heir = [...staying, ...joining].sort((a, b) => a.start - b.start)[0];
    if (heir === undefined) continue;
    heirs.set(heir, group);
    if (!heir.isKey) continue;
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

function touchedGroups(index: ValuesIndex, state: IntendedState): ReadonlySet<AnchorGroup> {
  const groups = [...state.wishOf].flatMap(([leaf, wish]) => [
    index.groupOf.get(leaf),
    wish.kind === 'follow' ? wish.group : undefined,
  ]);
  return new Set(groups.filter((group) => group !== undefined));
}

function follows(leaf: Leaf, group: AnchorGroup, state: IntendedState): boolean {
  const wish = state.wishOf.get(leaf);
  return wish === undefined || (wish.kind === 'follow' && wish.group === group);
}

function joiners(group: AnchorGroup, index: ValuesIndex, state: IntendedState): readonly Leaf[] {
  return [...state.wishOf]
    .filter(([leaf, wish]) => wish.kind === 'follow' && wish.group === group && index.groupOf.get(leaf) !== group)
    .map(([leaf]) => leaf);
}

function early(
  joining: readonly Leaf[],
  { name, definition }: AnchorGroup,
  index: ValuesIndex,
  values: ValuesText,
): Problem[] {
  return joining
    .filter((leaf) => leaf.document !== definition.document || leaf.start < definition.start)
    .map((leaf) => ({
      path: pathOf(leaf, index),
      line: values.lineAt(leaf.start),
      message: `cannot follow &${name}, which is defined after it or in another document (line ${values.lineAt(definition.start)})`,
    }));
}
