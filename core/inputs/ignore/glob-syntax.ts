/** Character classes and escapes of Go's `filepath.Match`, shared by ignore patterns and `COPY` globs. */

/** A pattern that Go refuses with `ErrBadPattern`. */
export class BadPatternError extends Error {}

export type GlobPart =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'literal'; readonly character: string }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] };

/** Splits a pattern into its parts. Throws `BadPatternError` where `filepath.Match` does. */
export function parseGlob(pattern: string): readonly GlobPart[] {
  const characters = [...pattern];
  const parts: GlobPart[] = [];
  let at = 0;

  /** One end of a range; `\` escapes, and neither `]` nor `-` may stand alone. */
  function bound(): string {
    let character = characters[at];
    if (character === undefined || character === '-' || character === ']') throw new BadPatternError(pattern);
    if (character === '\\') character = characters[++at];
    at++;
    if (character === undefined || at >= characters.length) throw new BadPatternError(pattern);
    return character;
  }

  function parseClass(): GlobPart {
    const negated = characters[at] === '^';
    if (negated) at++;
    const ranges: [string, string][] = [];
    while (characters[at] !== ']' || ranges.length === 0) {
      const low = bound();
      if (characters[at] !== '-') {
        ranges.push([low, low]);
        continue;
      }
      at++;
      ranges.push([low, bound()]);
    }
    at++;
    return { kind: 'class', negated, ranges };
  }

  while (at < characters.length) {
    const character = characters[at++] ?? '';
    if (character === '*') parts.push({ kind: 'star' });
    else if (character === '?') parts.push({ kind: 'any' });
    else if (character === '[') parts.push(parseClass());
    else if (character !== '\\') parts.push({ kind: 'literal', character });
    else {
      const escaped = characters[at++];
      if (escaped === undefined) throw new BadPatternError(pattern);
      parts.push({ kind: 'literal', character: escaped });
    }
  }
  return parts;
}
