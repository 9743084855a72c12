/** Paths in a values file: `grafana.image.tag`, `["a.b"].tag`, `images[name=foo].newTag`, `images[0].tag`. */

/** A key of a map, an item of a list by number, or the item of a list whose `field` has the value. */
export type PathStep = string | number | { readonly field: string; readonly value: string };

/** Where something is in one given file: keys and numbers only. */
export type Place = readonly (string | number)[];

const STEP = /\.?\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\[([^\s.[\]="]+)=([^[\]"]*)\]|(?:^|\.)([^\s.[\]"]+)/y;

/** Reads a path; undefined if it is none. */
export function parseValuesPath(text: string): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  let at = 0;
  while (at < text.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (match === null) return undefined;
    const [all, quoted, index, field, value, plain] = match;
    const isAfterDot = at > 0 || !all.startsWith('.');
    if (!isAfterDot) return undefined;
    steps.push(
      index !== undefined
        ? Number(index)
        : field !== undefined
          ? { field, value: value ?? '' }
          : unquote(quoted, plain),
    );
    at = STEP.lastIndex;
  }
  return steps.length === 0 ? undefined : steps;
}

function unquote(quoted: string | undefined, plain: string | undefined): string {
  return quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1');
}

/** Prints a place as a path; a key that is no plain word stands in quotes, so that nothing in it can be taken for anything else. */
export function printPlace(place: Place): string {
  return place
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[^\s.[\]"\\\p{C}]+$/u.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}
