/** `COPY` globs: Go's `filepath.Match` over a whole path. `*` and `?` stay within a folder, `**` is no more than `*`. */

interface Glob {
  readonly matches: (path: string) => boolean;
  /** How many folders deep a match lies; undefined if a character class may stand for a slash, so that any depth can match. */
  readonly depth: number | undefined;
}

/** True if Docker treats the name as a pattern. An escaped character is none. */
export function hasWildcard(name: string): boolean {
  return /^(?:\\.|[^\\*?[])*[*?[]/s.test(name);
}

/** Compiles a pattern; undefined for a malformed one, which matches nothing. */
export function compileGlob(pattern: string): Glob | undefined {
  try {
    const parts = parseGlob(pattern);
    const expression = new RegExp(`^${parts.map(toSource).join('')}$`, 'u');
    const slashes = parts.filter((part) => part.kind === 'literal' && part.character === '/').length;
    return { matches: (path) => expression.test(path), depth: parts.some(mayBeSlash) ? undefined : slashes };
  } catch (error) {
    if (error instanceof BadPatternError) return undefined;
    throw error;
  }
}

function toSource(part: GlobPart): string {
  if (part.kind === 'star') return '[^/]*';
  if (part.kind === 'any') return '[^/]';
  if (part.kind === 'literal') return point(part.character);
  const ranges = part.ranges.filter(([low, high]) => low <= high);
  const inner = ranges.map(([low, high]) => `${point(low)}-${point(high)}`).join('');
  if (inner === '') return part.negated ? '[^]' : '[]';
  return `[${part.negated ? '^' : ''}${inner}]`;
}

function mayBeSlash(part: GlobPart): boolean {
  if (part.kind !== 'class') return false;
  return part.ranges.some(([low, high]) => low <= '/' && '/' <= high) !== part.negated;
}

function point(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

// Character classes and escapes of Go's `filepath.Match`, shared by ignore patterns and `COPY` globs.

/** A pattern that Go refuses with `ErrBadPattern`. */
export class BadPatternError extends Error {}

type GlobPart =
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
