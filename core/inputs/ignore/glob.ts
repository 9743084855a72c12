/** `COPY` globs: Go's `filepath.Match` over a whole path. `*` and `?` stay within a folder, `**` is no more than `*`. */
import { BadPatternError, type GlobPart, parseGlob } from './glob-syntax';

export interface Glob {
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
