/** Places in a values file as single texts: fast to compare and to look up. */
import { type Place, printPlace } from './values-path';

/** No key of a values file has this character; see `scan-leaves.ts`. */
const SEPARATOR = '\u0000';

/** The key of the whole document. */
export const ROOT_KEY = '';

/** The key of a step below a place: a name in a map, a number in a list. */
export function childKey(parent: string, step: string | number): string {
  return typeof step === 'number' ? `${parent}${SEPARATOR}#${step}` : `${parent}${SEPARATOR}.${step}`;
}

/** The key of the map or list around a place. */
export function parentKey(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf(SEPARATOR)));
}

/** The steps that lead to a place. */
export function placeOf(key: string): Place {
  const steps = key.split(SEPARATOR).slice(1);
  return steps.map((step) => (step.startsWith('#') ? Number(step.slice(1)) : step.slice(1)));
}

/** The place as a path that a person may write. */
export function printKey(key: string): string {
  return printPlace(placeOf(key));
}
