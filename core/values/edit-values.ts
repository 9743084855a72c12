/**
 * The values editor: changes image tags in a values file and no other byte, and proves that before it returns.
 *
 * An example. The file, and the edits `[{ kind: 'literal', path: 'auth.image.tag', tag: 'v1.4.1', digest: 'sha256:bb..' }]`:
 *
 *     tag: &tag v1.4.0
 *     auth:
 *       image: { repository: acme/auth, tag: *tag, digest: "sha256:aa.." } # pinned
 *     etcd: { image: { tag: *tag } }
 *
 * | step | file | here |
 * |---|---|---|
 * | read the text, or refuse it | `read-values.ts` | a YAML document whose nodes know their offsets |
 * | find all scalars | `scan-leaves.ts` | `v1.4.0`, `acme/auth`, `*tag`, `"sha256:aa.."`, `*tag` |
 * | find all paths and anchors | `values-index.ts` | `auth.image.tag` leads to the first `*tag`; `&tag` has two aliases |
 * | find the field of a path | `image-fields.ts` | `*tag`, a tag alone |
 * | find the digests that pin its image | `image-pins.ts` | `auth.image.digest` |
 * | decide the new values | `resolved-edits.ts` | `v1.4.1` and `sha256:bb..`, both values of their own |
 * | plan the replacements, and new holders of anchors | `text-edits.ts` | two ranges of line 3; `&tag` stays |
 * | compare all values before and after | `prove-edit.ts` | exactly these two paths differ |
 *
 * The result is the same text with
 *
 *       image: { repository: acme/auth, tag: v1.4.1, digest: "sha256:bb.." } # pinned
 *
 * `release-edits.ts` decides which edits a release needs.
 */
import type { Problem } from '../contract/errors';
import { type ExpectedChanges, proveEdit } from './prove-edit';
import { readValues } from './read-values';
import { finalValue, type ResolvedEdits, resolveEdits, stillFollows, textOf } from './resolved-edits';
import { currentValue, type Leaf } from './scan-leaves';
import { applyTextEdits, planTextEdits, type TextEdit } from './text-edits';
import { type ChangeKind, refuseValues, type ValuesChange, type ValuesEdit } from './values-edit';
import { type IndexedValues, indexValues, isLeaf, type ResolvedPath, type ValuesIndex } from './values-index';
import { printKey } from './values-path';

/** The new text, and every path whose value or spelling changed, in the order of the text. */
export interface EditedValues {
  readonly text: string;
  readonly changes: readonly ValuesChange[];
}

/**
 * Applies all edits as one. Only the bytes of the edited scalars change: comments, quotes and line ends stay. Editing twice is editing
 * once. Throws `ValuesFile` with file, line and reason for every problem, among them every other path that would change as well.
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

/** Does the same as `editValues` with a file that is open already. */
export function editIndexed(indexed: IndexedValues, edits: readonly ValuesEdit[]): EditedValues {
  const { file, text } = indexed.values;
  const problems: Problem[] = [];
  const resolved = resolveEdits(edits, indexed, problems);
  const textEdits = problems.length > 0 ? [] : planTextEdits(indexed, resolved, problems);
  if (problems.length > 0) throw refuseValues(file, problems);
  const edited = applyTextEdits(text, textEdits);
  if (edited === text) return { text, changes: [] };
  prove(indexed, edited, resolved);
  return { text: edited, changes: listChanges(indexed, resolved, textEdits) };
}

function prove({ values, index }: IndexedValues, edited: string, resolved: ResolvedEdits): void {
  const deviations = proveEdit(values, edited, expectedChanges(index, resolved));
  if (deviations.length === 0) return;
  const problems = deviations.map(({ document, key, before, after }): Problem => {
    const path = printKey(key) || values.file;
    const message = `would change from ${print(before)} to ${print(after)} as well`;
    const target = index.paths[document]?.get(key)?.target;
    const cause = [...resolved.requested.values()].find(({ leaf }) => leaf === target);
    if (cause === undefined) return { path, message };
    const advice = `since it is the same tag as ${cause.path}; give that a tag of its own`;
    return { path, line: values.lineAt(cause.leaf.start), message: `${message}, ${advice}` };
  });
  throw refuseValues(values.file, problems);
}

/** The paths that may change: those that an edit names, and those that follow a moved anchor. */
function expectedChanges(index: ValuesIndex, resolved: ResolvedEdits): ExpectedChanges {
  return index.paths.map((paths) => {
    const expected = new Map<string, string>();
    for (const [key, path] of paths) {
      if (!isLeaf(path.target)) continue;
      const mayChange = resolved.requested.has(path) || followsMoved(path.target, index, resolved);
      if (mayChange) expected.set(key, valueAt(path, path.target, index, resolved));
    }
    return expected;
  });
}

function valueAt(path: ResolvedPath, leaf: Leaf, index: ValuesIndex, resolved: ResolvedEdits): string {
  const edit = resolved.requested.get(path);
  return edit === undefined ? finalValue(leaf, index, resolved) : textOf(edit.newValue, resolved.moved);
}

function followsMoved(leaf: Leaf, index: ValuesIndex, { newValues, moved }: ResolvedEdits): boolean {
  const group = index.groupOf.get(leaf);
  return group !== undefined && moved.has(group) && stillFollows(newValues.get(leaf), group);
}

function listChanges(
  { values, index }: IndexedValues,
  resolved: ResolvedEdits,
  textEdits: readonly TextEdit[],
): readonly ValuesChange[] {
  const rewritten = new Set<unknown>(textEdits.map(({ leaf }) => leaf));
  return index.paths.flatMap((paths) =>
    [...paths.values()].flatMap((path) => {
      if (!isLeaf(path.target)) return [];
      const before = currentValue(path.target);
      const after = valueAt(path, path.target, index, resolved);
      const merge = resolved.insertions.get(path)?.merge;
      if (before === after && !rewritten.has(path.target) && merge === undefined) return [];
      const line = values.lineAt(merge?.start ?? path.target.start);
      const how = changeKind(path, path.target, before === after, index, resolved);
      return [{ path: printKey(path.key), before, after, line, how }];
    }),
  );
}

function changeKind(
  path: ResolvedPath,
  leaf: Leaf,
  isEqual: boolean,
  index: ValuesIndex,
  { requested }: ResolvedEdits,
): ChangeKind {
  const edit = requested.get(path);
  if (edit !== undefined) return edit.how;
  return isEqual || index.groupOf.get(leaf)?.definition === leaf ? 'anchor' : 'along';
}

function print(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 80)}'` : String(value);
}
