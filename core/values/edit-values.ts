/** The values editor: changes tags in a values file and not one byte besides, and proves it before it returns. */
import type { Problem } from '../errors';
import { currentValue, finalValue, type IntendedState, intendedState } from './intended-state';
import { findDeviations, type Meant } from './prove-edit';
import { readValues, refuseValues, type ValuesText } from './read-values';
import { applySplices, planSplices, type Splice } from './splices';
import type { ChangeKind, ValuesChange, ValuesEdit } from './values-edit';
import { indexValues, isLeaf, type Leaf, type ValuesIndex, type View } from './values-index';
import { printPlace } from './values-path';

/** The new text, and every place that changed in value or in how it is written, in the order of the text. */
export interface EditedValues {
  readonly text: string;
  readonly changes: readonly ValuesChange[];
}

/** A values file, read and indexed, so that deciding and editing read it once. */
export interface IndexedValues {
  readonly values: ValuesText;
  readonly index: ValuesIndex;
}

/**
 * Applies all edits as one. Only the bytes of the meant scalars change: comments, quotes, line ends and all else stay. Editing twice is
 * editing once. Throws `ValuesFile` with file, line and reason for everything that is in the way, among it every other path that
 * would change as well.
 */
export function editValues(text: string, edits: readonly ValuesEdit[], file: string): EditedValues {
  return editIndexed(openValues(text, file), edits);
}

/** Reads and indexes a values file. Throws `ValuesFile` if it must not be edited. */
export function openValues(text: string, file: string): IndexedValues {
  const values = readValues(text, file);
  const index = indexValues(values.documents);
  if (!('problems' in index)) return { values, index };
  const problems = index.problems.map(({ offset, message }) => ({ path: file, line: values.lineAt(offset), message }));
  throw refuseValues(file, problems);
}

/** As `editValues`, for a file that was opened already. */
export function editIndexed({ values, index }: IndexedValues, edits: readonly ValuesEdit[]): EditedValues {
  const { file, text } = values;
  const problems: Problem[] = [];
  const state = intendedState(edits, values, index, problems);
  const splices = problems.length > 0 ? [] : planSplices(index, state, values, problems);
  if (problems.length > 0) throw refuseValues(file, problems);
  const edited = applySplices(text, splices);
  if (edited === text) return { text, changes: [] };
  prove(values, edited, index, state);
  return { text: edited, changes: listChanges(values, index, state, splices) };
}

function prove(values: ValuesText, edited: string, index: ValuesIndex, state: IntendedState): void {
  const deviations = findDeviations(values, readValues(edited, values.file), meantValues(index, state));
  if (deviations.length === 0) return;
  const problems = deviations.map(({ document, key, place, before, after }): Problem => {
    const target = index.views[document]?.get(key)?.target;
    const source = target !== undefined && isLeaf(target) ? target : undefined;
    const cause = state.wishes.find(({ leaf }) => leaf === source);
    const shared =
      cause === undefined ? '' : `, because it shares its tag with ${cause.path}; give that a tag of its own`;
    const line = source === undefined ? {} : { line: values.lineAt(source.start) };
    return {
      path: printPlace(place) || values.file,
      message: `would change from ${print(before)} to ${print(after)} as well${shared}`,
      ...line,
    };
  });
  throw refuseValues(values.file, problems);
}

/** Paths that may change: those named by an edit, and those that follow a moved anchor. */
function meantValues(index: ValuesIndex, state: IntendedState): Meant {
  const named = new Set(state.wishes.map(({ view }) => view));
  return index.views.map((views) => {
    const meant = new Map<string, string>();
    for (const [key, view] of views) {
      if (!isLeaf(view.target)) continue;
      if (named.has(view) || followsMoved(view.target, index, state))
        meant.set(key, finalValue(view.target, index, state));
    }
    return meant;
  });
}

function followsMoved(leaf: Leaf, index: ValuesIndex, state: IntendedState): boolean {
  const group = index.groupOf.get(leaf);
  if (group === undefined || !state.moved.has(group)) return false;
  const wish = state.wishOf.get(leaf);
  return wish === undefined || (wish.kind === 'follow' && wish.group === group);
}

function listChanges(
  values: ValuesText,
  index: ValuesIndex,
  state: IntendedState,
  splices: readonly Splice[],
): readonly ValuesChange[] {
  const written = new Set(splices.map(({ leaf }) => leaf));
  const named = new Set(state.wishes.map(({ view }) => view));
  return index.views.flatMap((views) =>
    [...views.values()].flatMap((view) => {
      if (!isLeaf(view.target)) return [];
      const [before, after] = [currentValue(view.target), finalValue(view.target, index, state)];
      if (before === after && !written.has(view.target)) return [];
      const how = changeKind(view, { before, after }, named, index, state);
      return [{ path: printPlace(view.place), before, after, line: values.lineAt(view.target.start), how }];
    }),
  );
}

function changeKind(
  view: View,
  { before, after }: { readonly before: string; readonly after: string },
  named: ReadonlySet<View>,
  index: ValuesIndex,
  state: IntendedState,
): ChangeKind {
  const leaf = view.target as Leaf;
  const wish = named.has(view) ? state.wishOf.get(leaf) : undefined;
  if (wish?.kind === 'own') return before === after ? 'pinned' : 'literal';
  if (wish?.kind === 'follow') return 'follow';
  const isDefinition = index.groupOf.get(leaf)?.definition === leaf;
  return isDefinition || before === after ? 'anchor' : 'along';
}

function print(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `'${value.slice(0, 80)}'`;
  return value instanceof Map || Array.isArray(value) ? 'one structure' : String(value);
}
