/** Paths in a values file: `grafana.image.tag`, `["a.b"].tag`, `images[name=foo].newTag`, `images[0].tag`. */
import { parseJson } from '../text/json';

/** A key of a map, an item of a list by number, or the item of a list whose `field` has the value. */
export type PathStep = string | number | { readonly field: string; readonly value: string };

/** A path in one given file: keys and numbers only. */
type Place = readonly (string | number)[];

const STEP = /\.?\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]|\[([^\s.[\]="]+)=([^[\]"]*)\]|(?:^|\.)([^\s.[\]"]+)/y;

/** Parses a path. Returns undefined for a text that is not one. */
export function parseValuesPath(text: string): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  let at = 0;
  while (at < text.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    const step = match === null ? undefined : readStep(match);
    if (step === undefined || (at === 0 && text.startsWith('.'))) return undefined;
    steps.push(step);
    at = STEP.lastIndex;
  }
  return steps.length === 0 ? undefined : steps;
}

function readStep([, quoted, index, field, value, plain]: RegExpExecArray): PathStep | undefined {
  if (index !== undefined) return Number(index);
  if (field !== undefined) return { field, value: value ?? '' };
  // Quoted keys are written as in JSON.
  return quoted === undefined ? plain : (parseJson(quoted) as string | undefined);
}

/** Prints a place as a path. A key that is not a plain word is quoted, so that `parseValuesPath` gives the same place. */
export function printPlace(place: Place): string {
  return place
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[^\s.[\]"\\\p{C}]+$/u.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** Separates the steps of a path key: a place as one text, fast to look up. No key of a values file has it; see `scan-leaves.ts`. */
const SEPARATOR = '\u0000';

/** The path key of a whole document. */
export const ROOT_KEY = '';

/** Returns the path key one step further: a name in a map, a number in a list. */
export function childKey(parent: string, step: string | number): string {
  return typeof step === 'number' ? `${parent}${SEPARATOR}#${step}` : `${parent}${SEPARATOR}.${step}`;
}

/** Returns the path key of the map or list around a place. */
export function parentKey(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf(SEPARATOR)));
}

/** Returns the steps of a path key. */
export function placeOf(key: string): Place {
  const steps = key.split(SEPARATOR).slice(1);
  return steps.map((step) => (step.startsWith('#') ? Number(step.slice(1)) : step.slice(1)));
}

/** Prints a path key as a path that a person may write. */
export function printKey(key: string): string {
  return printPlace(placeOf(key));
}
