import type { RE2JS } from 're2js';

/** A pattern of Go's `filepath.Match`, as `COPY` takes it: `*` and `?` stay within a folder, `**` means the same as `*`. */
export interface Glob {
  /** Tests a whole path. The time is the product of the two lengths at worst, however many stars there are. */
  readonly matches: (path: string) => boolean;
  /** The number of slashes in every path that matches; undefined if a character class can match a slash. */
  readonly depth: number | undefined;
}

/** A pattern that Go refuses with `ErrBadPattern`. */
export class BadPatternError extends Error {}

/** Returns true if Docker treats the name as a pattern. An escaped character is no wildcard. */
export function hasWildcard(name: string): boolean {
  return /^(?:\\.|[^\\*?[])*[*?[]/s.test(name);
}

/** Compiles a pattern. Returns undefined for a malformed one, which matches nothing. */
export function compileGlob(pattern: string): Glob | undefined {
  try {
    const parts = parseGlob(pattern);
    const slashes = parts.filter((part) => part.kind === 'literal' && part.point === SLASH).length;
    return { matches: (path) => matchParts(parts, path), depth: parts.some(isSlashClass) ? undefined : slashes };
  } catch (error) {
    if (error instanceof BadPatternError) return undefined;
    throw error;
  }
}

/**
 * Returns true if the text matches a pattern in which `*` stands for any characters, slashes included. Taking the first place for each
 * part between two stars is enough: a later place leaves less of the text for the parts behind it.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [start = '', ...parts] = pattern.split('*');
  const end = parts.pop();
  if (end === undefined) return text === pattern;
  if (text.length < start.length + end.length || !text.startsWith(start) || !text.endsWith(end)) return false;
  const last = text.length - end.length;
  let at = start.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > last) return false;
    at = found + part.length;
  }
  return true;
}

/** All characters are code points, as Go compares runes. */
type GlobPart =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'literal'; readonly point: number }
  | {
      readonly kind: 'class';
      readonly isNegated: boolean;
      readonly ranges: readonly (readonly [low: number, high: number])[];
    };

const SLASH = 0x2f;

/**
 * Walks the pattern and the path side by side. After a mismatch, the last star takes one character more. What stands before that star
 * is settled, as in Go: between two stars, Go takes the first place that matches and never tries another one.
 */
function matchParts(parts: readonly GlobPart[], path: string): boolean {
  let next = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (next < parts.length || at < path.length) {
    const part = parts[next];
    const point = path.codePointAt(at);
    if (part?.kind === 'star') {
      next += 1;
      star = next;
      starAt = at;
    } else if (part !== undefined && point !== undefined && matchesOne(part, point)) {
      next += 1;
      at += lengthOf(point);
    } else {
      const taken = star < 0 ? undefined : path.codePointAt(starAt);
      if (taken === undefined || taken === SLASH) return false;
      starAt += lengthOf(taken);
      at = starAt;
      next = star;
    }
  }
  return true;
}

function matchesOne(part: GlobPart, point: number): boolean {
  if (part.kind === 'literal') return part.point === point;
  if (part.kind === 'class') return part.ranges.some(([low, high]) => low <= point && point <= high) !== part.isNegated;
  return point !== SLASH;
}

/** Returns the number of UTF-16 units of a code point. */
function lengthOf(point: number): number {
  return point > 0xffff ? 2 : 1;
}

function isSlashClass(part: GlobPart): boolean {
  return part.kind === 'class' && matchesOne(part, SLASH);
}

/** Splits a pattern into its parts. Throws `BadPatternError` where `filepath.Match` returns `ErrBadPattern`. */
export function parseGlob(pattern: string): readonly GlobPart[] {
  const points = [...pattern].map((character) => character.codePointAt(0) ?? 0);
  const parts: GlobPart[] = [];
  let at = 0;

  /** Reads one end of a range. A backslash escapes; `-` and `]` need one. Something must follow, at least the `]`. */
  function readBound(): number {
    if (isAt('-') || isAt(']')) throw new BadPatternError(pattern);
    if (isAt('\\')) at++;
    const point = points[at++];
    if (point === undefined || at >= points.length) throw new BadPatternError(pattern);
    return point;
  }

  function isAt(character: string): boolean {
    return points[at] === character.codePointAt(0);
  }

  function readClass(): GlobPart {
    const isNegated = isAt('^');
    if (isNegated) at++;
    const ranges: [number, number][] = [];
    while (!isAt(']') || ranges.length === 0) {
      const low = readBound();
      if (!isAt('-')) {
        ranges.push([low, low]);
        continue;
      }
      at++;
      ranges.push([low, readBound()]);
    }
    at++;
    return { kind: 'class', isNegated, ranges };
  }

  while (at < points.length) {
    const character = String.fromCodePoint(points[at++] ?? 0);
    if (character === '*') parts.push({ kind: 'star' });
    else if (character === '?') parts.push({ kind: 'any' });
    else if (character === '[') parts.push(readClass());
    else if (character === '\\') parts.push({ kind: 'literal', point: readEscaped() });
    else parts.push({ kind: 'literal', point: points[at - 1] ?? 0 });
  }
  return parts;

  function readEscaped(): number {
    const point = points[at++];
    if (point === undefined) throw new BadPatternError(pattern);
    return point;
  }
}

/**
 * Compiles an expression in Go's syntax (https://pkg.go.dev/regexp/syntax), by an engine that takes linear time, as Go's does. Returns
 * undefined for what Go cannot compile.
 */
export function compileGoExpression(expression: string): RE2JS | undefined {
  // Loading the engine takes longer than a whole plan spends on usual patterns, which do not need it.
  const { RE2JS: engine, RE2JSException } = require('re2js') as typeof import('re2js');
  try {
    return engine.compile(expression);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
