/** Resolves edits: finds the scalars that they are about, and works out what each of them is to be. */
import type { Problem } from '../contract/errors';
import { findImageField, type ImageField, isDigest, withPin, withTag } from './image-fields';
import { findPins } from './image-pins';
import type { ValuesText } from './read-values';
import { currentValue, type Leaf } from './scan-leaves';
import type { AnchorEdit, ChangeKind, TagEdit, ValuesEdit } from './values-edit';
import {
  type AnchorGroup,
  type IndexedValues,
  isLeaf,
  type Merge,
  type Missing,
  type ResolvedPath,
  type ValuesIndex,
} from './values-index';
import { printKey } from './values-path';

/** The new value of a scalar: a value of its own, or an alias of an anchor. */
export type NewValue =
  | { readonly kind: 'own'; readonly value: string }
  | { readonly kind: 'follow'; readonly group: AnchorGroup };

/** One scalar that an edit asks to change. `path` is the one that the edit names. */
export interface RequestedEdit {
  readonly path: string;
  readonly at: ResolvedPath;
  readonly leaf: Leaf;
  readonly newValue: NewValue;
  readonly how: ChangeKind;
}

/** A value that a map inherits by a merge and is to have itself. */
export interface Insertion extends RequestedEdit {
  readonly merge: Merge;
}

/** All edits of a file as one. */
export interface ResolvedEdits {
  readonly requested: ReadonlyMap<ResolvedPath, RequestedEdit>;
  readonly newValues: ReadonlyMap<Leaf, NewValue>;
  readonly insertions: ReadonlyMap<ResolvedPath, Insertion>;
  /** The new value of each anchor that an edit moves. */
  readonly moved: ReadonlyMap<AnchorGroup, string>;
}

/** Resolves the edits. Adds to `problems` whatever cannot be done; the result is of use only if there is none. */
export function resolveEdits(
  edits: readonly ValuesEdit[],
  { values, index }: IndexedValues,
  problems: Problem[],
): ResolvedEdits {
  const file: OpenFile = { values, index, problems };
  const anchorEdits = edits.filter((edit) => edit.kind === 'anchor');
  const moved = movedAnchors(anchorEdits, file);
  const requests = edits.flatMap((edit) => (edit.kind === 'anchor' ? [] : requestEdits(edit, moved, file)));
  const all = requests.flatMap((request) => request.edits);
  const requested = new Map(all.map((each) => [each.at, each]));
  problems.push(...requests.flatMap((request) => unclearPins(request, requested, values)));
  const newValues = joinEdits(
    all.filter(({ at }) => at.merge === undefined),
    ({ leaf }) => leaf,
    file,
  );
  const insertions = all.flatMap((each): Insertion[] => {
    const { merge } = each.at;
    return merge !== undefined && overridesMerge(each, index, { newValues, moved }) ? [{ ...each, merge }] : [];
  });
  joinEdits(insertions, ({ at }) => at, file);
  return { requested, newValues, insertions: new Map(insertions.map((each) => [each.at, each])), moved };
}

/** Returns the value that a leaf has after the edits. */
export function finalValue(
  leaf: Leaf,
  index: ValuesIndex,
  { newValues, moved }: Pick<ResolvedEdits, 'newValues' | 'moved'>,
): string {
  const newValue = newValues.get(leaf);
  if (newValue !== undefined) return textOf(newValue, moved);
  const group = index.groupOf.get(leaf);
  return group === undefined ? currentValue(leaf) : anchorValue(group, moved);
}

/** Returns the text that a new value comes to. */
export function textOf(newValue: NewValue, moved: ResolvedEdits['moved']): string {
  return newValue.kind === 'own' ? newValue.value : anchorValue(newValue.group, moved);
}

/** Returns true if a member of the group follows its anchor after the edits, too. */
export function stillFollows(newValue: NewValue | undefined, group: AnchorGroup): boolean {
  return newValue === undefined || (newValue.kind === 'follow' && newValue.group === group);
}

/** Returns the value that an anchor has after the edits. */
export function anchorValue(group: AnchorGroup, moved: ResolvedEdits['moved']): string {
  return moved.get(group) ?? currentValue(group.definition);
}

/** Turns a path that leads to no field into a problem, with its line where one is known. */
export function missingProblem(path: string, { missing, near }: Missing, values: ValuesText): Problem {
  const target = near?.target;
  const offset = target === undefined ? undefined : isLeaf(target) ? target.start : target.range?.[0];
  return { path, message: missing, ...(offset === undefined ? {} : { line: values.lineAt(offset) }) };
}

/** An indexed file, and the list that its problems are added to. */
interface OpenFile extends IndexedValues {
  readonly problems: Problem[];
}

function movedAnchors(edits: readonly AnchorEdit[], file: OpenFile): ReadonlyMap<AnchorGroup, string> {
  const moved = new Map<AnchorGroup, string>();
  for (const { anchor, tag } of edits) {
    const group = groupNamed(anchor, file);
    if (group === undefined) continue;
    moved.set(group, withTag(currentValue(group.definition), group.definition.key, tag, undefined));
  }
  return moved;
}

function groupNamed(name: string, { values, index, problems }: OpenFile): AnchorGroup | undefined {
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

/** The result of one edit: the scalars to change, and the digests that may or may not belong to them. */
interface Request {
  readonly path: string;
  readonly edits: readonly RequestedEdit[];
  readonly unclear: readonly ImageField[];
}

function requestEdits(edit: TagEdit, moved: ResolvedEdits['moved'], file: OpenFile): readonly Request[] {
  const { values, index, problems } = file;
  const { path } = edit;
  const field = findImageField(path, index);
  if ('missing' in field) {
    problems.push(missingProblem(path, field, values));
    return [];
  }
  const newValue = newValueOf(edit, field, file);
  if (newValue === undefined) return [];
  const how = edit.kind === 'pin' ? 'pinned' : edit.kind;
  const { own, unclear } = edit.kind === 'pin' ? NO_PINS : findPins(field, index);
  const digest = edit.kind === 'pin' ? undefined : edit.digest;
  const tag = edit.kind === 'literal' ? edit.tag : textOf(newValue, moved);
  const pins = own.map(({ at, leaf }): RequestedEdit => {
    const value = withPin(currentValue(leaf), tag, digest);
    return { path, at, leaf, newValue: { kind: 'own', value }, how: 'digest' };
  });
  problems.push(...[field, ...own].flatMap(({ at }) => doubledKey(at, values)));
  return [{ path, edits: [{ path, ...field, newValue, how }, ...pins], unclear }];
}

const NO_PINS = { own: [], unclear: [] };

function newValueOf(edit: TagEdit, { leaf }: ImageField, file: OpenFile): NewValue | undefined {
  const current = currentValue(leaf);
  if (edit.kind === 'pin') return { kind: 'own', value: current };
  if (edit.kind === 'follow') {
    const group = groupNamed(edit.anchor, file);
    return group === undefined ? undefined : { kind: 'follow', group };
  }
  if (isDigest(current) && edit.digest === undefined) {
    const message = 'is a digest, and the digest of the new image is not known; name the path of a tag';
    file.problems.push({ path: edit.path, line: file.values.lineAt(leaf.start), message });
    return undefined;
  }
  return { kind: 'own', value: withTag(current, leaf.key, edit.tag, edit.digest) };
}

function doubledKey({ key, doubled }: ResolvedPath, values: ValuesText): readonly Problem[] {
  if (doubled === undefined) return [];
  const message = `has the key ${JSON.stringify(doubled.name.slice(0, 80))} twice on its path, the second time here; keep one`;
  return [{ path: printKey(key), line: values.lineAt(doubled.offset), message }];
}

/** A problem for each digest that may pin the image of a tag, unless an edit names it. */
function unclearPins(
  { path, unclear }: Request,
  requested: ResolvedEdits['requested'],
  values: ValuesText,
): readonly Problem[] {
  return unclear
    .filter(({ at }) => !requested.has(at))
    .map(({ at, leaf }) => {
      const message = `may pin the old image of ${path}; if it does, add this path to the values of the service in the catalog, otherwise move it to another map`;
      return { path: printKey(at.key), line: values.lineAt(leaf.start), message };
    });
}

/** Returns true if the new value of an inherited scalar differs from what the merge gives. */
function overridesMerge(
  { leaf, newValue }: RequestedEdit,
  index: ValuesIndex,
  state: Pick<ResolvedEdits, 'newValues' | 'moved'>,
): boolean {
  if (newValue.kind === 'follow') return index.groupOf.get(leaf) !== newValue.group || state.newValues.has(leaf);
  return newValue.value !== finalValue(leaf, index, state);
}

/** Keeps one new value for each place of the text. Two edits of the same place must agree. */
function joinEdits<Place>(
  edits: readonly RequestedEdit[],
  placeOf: (edit: RequestedEdit) => Place,
  { values, problems }: OpenFile,
): ReadonlyMap<Place, NewValue> {
  const first = new Map<Place, RequestedEdit>();
  for (const edit of edits) {
    const other = first.get(placeOf(edit));
    if (other === undefined) first.set(placeOf(edit), edit);
    else if (!isSame(other.newValue, edit.newValue)) problems.push(conflict(other, edit, values));
  }
  return new Map([...first].map(([place, { newValue }]) => [place, newValue]));
}

function conflict(first: RequestedEdit, second: RequestedEdit, values: ValuesText): Problem {
  const what = second.how === 'digest' ? 'has the same digest as' : 'is the same tag as';
  const message = `${what} ${first.path}, which is to ${describe(first.newValue)}, while this one is to ${describe(second.newValue)}; give each service a tag of its own`;
  return { path: second.path, line: values.lineAt(second.leaf.start), message };
}

function isSame(a: NewValue, b: NewValue): boolean {
  if (a.kind === 'own') return b.kind === 'own' && a.value === b.value;
  return b.kind === 'follow' && a.group === b.group;
}

function describe(newValue: NewValue): string {
  return newValue.kind === 'own' ? `be ${newValue.value}` : `follow &${newValue.group.name}`;
}
