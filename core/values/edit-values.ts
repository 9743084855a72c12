/** The values editor: changes tags in a values file and not one byte besides, and proves it before it returns. */
import type { Problem } from '../contract/errors';
import { type Meant, proveEdit } from './prove-edit';
import { readValues, type ValuesText } from './read-values';
import { currentValue } from './requested-edits';
import { finalValue, type IntendedState, intendedState, wishedValue } from './resolved-edits';
import type { Leaf } from './scan-leaves';
import { applyTextEdits, planTextEdits, type TextEdit } from './text-edits';
import type { ChangeKind, ValuesChange, ValuesEdit } from './values-edit';
import { refuseValues } from './values-edit';
import { indexValues, isLeaf, type ResolvedPath, type ValuesIndex } from './values-index';
import { printKey } from './values-path';

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
  const splices = problems.length > 0 ? [] : planTextEdits(index, state, values, problems);
  if (problems.length > 0) throw refuseValues(file, problems);
  const edited = applyTextEdits(text, splices);
  if (edited === text) return { text, changes: [] };
  prove(values, edited, index, state);
  return { text: edited, changes: listChanges(values, index, state, splices) };
}

function prove(values: ValuesText, edited: string, index: ValuesIndex, state: IntendedState): void {
  const proof = proveEdit(values, edited, meantValues(index, state));
  if ('fault' in proof) {
    const message = `is written in a form of YAML that this edit would break (${proof.fault})`;
    throw refuseValues(values.file, [{ path: values.file, message }]);
  }
  if (proof.deviations.length === 0) return;
  const problems = proof.deviations.map(({ document, key, before, after }): Problem => {
    const target = index.views[document]?.get(key)?.target;
    const leaf = target !== undefined && isLeaf(target) ? target : undefined;
    const cause = [...state.named.values()].find((each) => each.leaf === leaf);
    const shared = cause === undefined ? '' : `, since it is the same tag as ${cause.path}; give that a tag of its own`;
    const problem = {
      path: printKey(key) || values.file,
      message: `would change from ${print(before)} to ${print(after)} as well${shared}`,
    };
    return leaf === undefined ? problem : { ...problem, line: values.lineAt(leaf.start) };
  });
  throw refuseValues(values.file, problems);
}

/** Paths that may change: those named by an edit, and those that follow a moved anchor. */
function meantValues(index: ValuesIndex, state: IntendedState): Meant {
  return index.views.map((views) => {
    const meant = new Map<string, string>();
    for (const [key, view] of views) {
      if (!isLeaf(view.target)) continue;
      const isMeant = state.named.has(view) || followsMoved(view.target, index, state);
      if (isMeant) meant.set(key, valueAt(view, view.target, index, state));
    }
    return meant;
  });
}

function valueAt(view: ResolvedPath, leaf: Leaf, index: ValuesIndex, state: IntendedState): string {
  const named = state.named.get(view);
  return named === undefined ? finalValue(leaf, index, state) : wishedValue(named.wish, state.moved);
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
  splices: readonly TextEdit[],
): readonly ValuesChange[] {
  const written = new Set<unknown>(splices.map(({ leaf }) => leaf));
  return index.views.flatMap((views) =>
    [...views.values()].flatMap((view) => {
      if (!isLeaf(view.target)) return [];
      const before = currentValue(view.target);
      const after = valueAt(view, view.target, index, state);
      const merge = state.insertions.get(view)?.merge;
      if (before === after && !written.has(view.target) && merge === undefined) return [];
      const line = values.lineAt(merge?.start ?? view.target.start);
      return [{ path: printKey(view.key), before, after, line, how: changeKind(view, before === after, index, state) }];
    }),
  );
}

function changeKind(view: ResolvedPath, isEqual: boolean, index: ValuesIndex, state: IntendedState): ChangeKind {
  const named = state.named.get(view);
  if (named !== undefined) return named.how;
  const leaf = isLeaf(view.target) ? view.target : undefined;
  const isDefinition = leaf !== undefined && index.groupOf.get(leaf)?.definition === leaf;
  return isDefinition || isEqual ? 'anchor' : 'along';
}

function print(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `'${value.slice(0, 80)}'`;
  return value instanceof Map || Array.isArray(value) ? 'one structure' : String(value);
}
