/** Finds the scalar that a path names, or says what is there instead. */
import { isMap, isSeq } from 'yaml';
import { closest } from '../catalog/closest';
import { isLeaf, type View, type Views } from './expand-views';
import { childKey, printKey, ROOT_KEY } from './place-key';
import type { Leaf } from './scan-leaves';
import type { ValuesIndex } from './values-index';
import { type PathStep, parseValuesPath } from './values-path';

/** A leaf that was found, with the view that led to it; or why not. */
export type Found = { readonly leaf: Leaf; readonly view: View } | { readonly missing: string; readonly near?: View };

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

type Attempt = { readonly view: View } | { readonly missing: string; readonly depth: number; readonly near?: View };

function descend(steps: readonly PathStep[], views: Views): Attempt {
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

function nextKey(key: string, step: PathStep, views: Views): string | undefined {
  if (typeof step !== 'object') return childKey(key, step);
  const items = itemKeys(key, views).filter((item) => {
    const field = views.get(childKey(item, step.field))?.target;
    return field !== undefined && isLeaf(field) && String(field.scalar.value) === step.value;
  });
  return items.length === 1 ? items[0] : undefined;
}

function itemKeys(key: string, views: Views): string[] {
  const list = views.get(key)?.target;
  if (list === undefined || isLeaf(list) || !isSeq(list)) return [];
  return list.items.map((_, index) => childKey(key, index));
}

function whatIsThere(step: PathStep, parent: View | undefined, views: Views, key: string): string {
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

function childKeys(key: string, views: Views): string[] {
  const prefix = `${key}\u0000.`;
  return [...views.keys()]
    .filter((other) => other.startsWith(prefix) && !other.includes('\u0000', prefix.length))
    .map((other) => other.slice(prefix.length));
}
