/** Finds what each edit is about: the place in the file, the anchor, and the digest that is pinned beside a tag. */

import { isMap, isSeq } from 'yaml';
import type { Problem } from '../contract/errors';
import { closest } from '../text/closest';
import type { ValuesText } from './read-values';
import type { Leaf } from './scan-leaves';
import type { AnchorEdit, ChangeKind, TagEdit } from './values-edit';
import { type AnchorGroup, isLeaf, type ResolvedPath, type ResolvedPaths, type ValuesIndex } from './values-index';
import { childKey, type PathStep, parentKey, parseValuesPath, printKey, ROOT_KEY } from './values-path';

/** What a value shall be. */
export type RequestedEdit =
  | { readonly kind: 'own'; readonly value: string }
  | { readonly kind: 'follow'; readonly group: AnchorGroup };

/** A wish for the value at a path. */
export interface RequestedPath {
  readonly path: string;
  readonly view: ResolvedPath;
  readonly leaf: Leaf;
  readonly wish: RequestedEdit;
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
): readonly RequestedPath[] {
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
function pinnedDigest(
  path: string,
  { key: of, document }: ResolvedPath,
  index: ValuesIndex,
  digest = '',
): readonly RequestedPath[] {
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

// Finds the scalar that a path names, or says what is there instead.

/** A leaf that was found, with the view that led to it; or why not. */
type Found =
  | { readonly leaf: Leaf; readonly view: ResolvedPath }
  | { readonly missing: string; readonly near?: ResolvedPath };

/** Looks in all documents; the path must be in exactly one. A map with a `tag` (`{ repository, tag }`) stands for that tag. */
export function findPlace(path: string, index: ValuesIndex): Found {
  const steps = parseValuesPath(path);
  if (steps === undefined)
    return { missing: 'is no path; write keys with a dot between them, such as grafana.image.tag' };
  const tries = index.views.map((views) => descend(steps, views));
  const found = tries.flatMap((attempt) => ('view' in attempt ? [attempt.view] : []));
  if (found.length > 1) return { missing: 'is in more than one document of the file; keep it in one', near: found[1] };
  const view = found[0];
  if (view === undefined) {
    const failures = tries.flatMap((attempt) => ('view' in attempt ? [] : [attempt]));
    failures.sort((a, b) => b.depth - a.depth);
    return failures[0] ?? { missing: 'is not in the file, which is empty' };
  }
  if (isLeaf(view.target)) return { leaf: view.target, view };
  const tag = index.views[view.document]?.get(childKey(view.key, 'tag'));
  if (tag !== undefined && isLeaf(tag.target)) return { leaf: tag.target, view: tag };
  return { missing: `is a ${isMap(view.target) ? 'map' : 'list'}, not a tag`, near: view };
}

type Attempt =
  | { readonly view: ResolvedPath }
  | { readonly missing: string; readonly depth: number; readonly near?: ResolvedPath };

function descend(steps: readonly PathStep[], views: ResolvedPaths): Attempt {
  let key = ROOT_KEY;
  for (const [depth, step] of steps.entries()) {
    const parent = views.get(key);
    const next = nextKey(key, step, views);
    if (next === undefined || !views.has(next)) {
      const missing = whatIsThere(step, parent, views, key);
      return parent === undefined ? { missing, depth } : { missing, depth, near: parent };
    }
    key = next;
  }
  const view = views.get(key);
  return view === undefined ? { missing: 'is not in the file', depth: 0 } : { view };
}

function nextKey(key: string, step: PathStep, views: ResolvedPaths): string | undefined {
  if (typeof step !== 'object') return childKey(key, step);
  const items = itemKeys(key, views).filter((item) => {
    const field = views.get(childKey(item, step.field))?.target;
    return field !== undefined && isLeaf(field) && String(field.scalar.value) === step.value;
  });
  return items.length === 1 ? items[0] : undefined;
}

function itemKeys(key: string, views: ResolvedPaths): string[] {
  const list = views.get(key)?.target;
  if (list === undefined || isLeaf(list) || !isSeq(list)) return [];
  return list.items.map((_, index) => childKey(key, index));
}

function whatIsThere(step: PathStep, parent: ResolvedPath | undefined, views: ResolvedPaths, key: string): string {
  if (parent === undefined) return 'is not in the file, which holds no keys';
  const { target } = parent;
  const where = key === ROOT_KEY ? 'the file' : `'${printKey(key)}'`;
  if (isLeaf(target)) return `does not exist: ${where} is a single value`;
  if (typeof step === 'object') {
    const count = isSeq(target) ? target.items.length : 0;
    return `does not exist: ${where} has ${isSeq(target) ? `${count} items, and not exactly one` : 'no items'} with ${step.field} = ${step.value}`;
  }
  if (isSeq(target)) return `does not exist: ${where} is a list of ${target.items.length} items`;
  const keys = childKeys(key, views);
  const near = closest(String(step), keys);
  const listed = keys.slice(0, 8).join(', ') + (keys.length > 8 ? ', ...' : '');
  return `does not exist: ${where} has no '${step}'${near === undefined ? `, only ${listed || 'nothing'}` : `; did you mean '${near}'?`}`;
}

function childKeys(key: string, views: ResolvedPaths): string[] {
  const prefix = `${key}\u0000.`;
  return [...views.keys()]
    .filter((other) => other.startsWith(prefix) && !other.includes('\u0000', prefix.length))
    .map((other) => other.slice(prefix.length));
}

// Image references as values files hold them: `repo/name:tag@sha256:...` in one string, or a tag alone.

/** A reference taken apart: `name` and `tag` and `digest` without their `:` and `@`. `name` is empty for a tag alone. */
interface ImageReference {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
}

/** Takes a value apart. `key` is its key in the file: under `image`, a text without `:` and `/` is a name, else it is a tag. */
export function readReference(value: string, key: string): ImageReference {
  const at = value.indexOf('@');
  const digest = at < 0 ? '' : value.slice(at + 1);
  const rest = at < 0 ? value : value.slice(0, at);
  const colon = rest.lastIndexOf(':');
  const hasTag = colon > rest.lastIndexOf('/');
  if (hasTag) return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
  const isName = rest.includes('/') || (key === 'image' && rest !== '');
  return isName ? { name: rest, tag: '', digest } : { name: '', tag: rest, digest };
}

/** The value with another tag. A digest in it gives way to the new one, or goes: kept, it would win over the tag. */
export function withTag(value: string, key: string, tag: string, digest: string | undefined): string {
  const before = readReference(value, key);
  const pinned = before.digest !== '' && digest !== undefined ? `@${digest}` : '';
  return `${before.name === '' ? '' : `${before.name}:`}${tag}${pinned}`;
}
