/** One pattern of an ignore file (or of `--exclude` and `--parents`), compiled. */

import { cleanPath } from '../text/clean-path';
import { BadPatternError, parseGlob } from '../text/glob';
import { trimSpace } from '../text/white-space';

export interface Pattern {
  /** True for `!pattern`: what matches is taken back in. */
  readonly isException: boolean;
  /** Cleaned, without `!`. */
  readonly text: string;
  /** Number of parts between slashes. */
  readonly depth: number;
  /** Whether the pattern names this very path; folders above it are the matcher's business. */
  readonly matches: (path: string) => boolean;
  /** The same for Docker 20.10 and before. */
  readonly matchesEarlier: (path: string) => boolean;
}

/** Compiles a pattern; undefined for an empty one. Throws `BadPatternError` where moby's patternmatcher would. */
export function compilePattern(written: string): Pattern | undefined {
  const trimmed = trimSpace(written);
  if (trimmed === '') return undefined;
  const cleaned = cleanPath(trimmed);
  const isException = cleaned.startsWith('!');
  const text = isException ? cleaned.slice(1) : cleaned;
  if (text === '') throw new BadPatternError(written);
  parseGlob(text);
  const matches = testFor(text);
  const matchesEarlier = /^\*\*[^/]|[+()]/.test(text) ? expressionTest(toEarlierExpression(text)) : matches;
  return { isException, text, depth: text.split('/').length, matches, matchesEarlier };
}

function testFor(text: string): (path: string) => boolean {
  const { kind, expression } = toGoExpression(text);
  if (kind === 'exact') return (path) => path === text;
  if (kind === 'prefix') {
    const start = text.slice(0, -2);
    return (path) => path.startsWith(start);
  }
  if (kind === 'suffix') {
    const end = text.slice(2);
    return (path) => path.endsWith(end) || (end.startsWith('/') && path === end.slice(1));
  }
  return expressionTest(expression);
}

/** A build that meets an expression which Go cannot compile fails, so what it matches does not matter. */
function expressionTest(expression: string): (path: string) => boolean {
  try {
    const compiled = toJavaScript(expression);
    return (path) => compiled.test(path);
  } catch (error) {
    if (error instanceof BadPatternError) return () => false;
    throw error;
  }
}

// Turns an ignore pattern into the text of a Go expression as moby's patternmatcher does, quirks included (`[*]` is no literal star).

/** How a pattern is compared: as a text, by its start, by its end, or by an expression. */
type PatternKind = 'exact' | 'prefix' | 'suffix' | 'expression';

/**
 * The Go expression that moby builds for a cleaned pattern, and whether a plain comparison does instead. `{`, `|` and `}` keep
 * their meaning in it: moby means to escape them, but looks them up in a table that ends before them (`shouldEscape`).
 */
function toGoExpression(pattern: string): { readonly kind: PatternKind; readonly expression: string } {
  const { expression, kinds } = translate(pattern, '.+()$');
  return { kind: kinds.reduce(nextKind, 'exact'), expression };
}

/** The same for Docker 20.10 and before, which always used the expression, and left `+()` their meaning in it. */
function toEarlierExpression(pattern: string): string {
  return translate(pattern, '.$').expression;
}

/** What a part of the pattern does to the comparison. */
type Part = 'plain' | 'special' | 'leading **' | 'last **';

/** A leading `**` makes the rest a suffix, a trailing one the rest a prefix, unless something special stands elsewhere. */
function nextKind(kind: PatternKind, part: Part): PatternKind {
  if (part === 'plain') return kind;
  if (part === 'leading **') return 'suffix';
  return part === 'last **' && kind === 'exact' ? 'prefix' : 'expression';
}

function translate(pattern: string, escaped: string): { expression: string; kinds: readonly Part[] } {
  const characters = [...pattern];
  const kinds: Part[] = [];
  let expression = '^';
  for (let at = 0; at < characters.length; ) {
    const first = at === 0;
    const character = characters[at++] ?? '';
    if (character === '*' && characters[at] === '*') {
      at += characters[at + 1] === '/' ? 2 : 1;
      const last = at >= characters.length;
      expression += last ? '.*' : '(.*/)?';
      kinds.push(first ? 'leading **' : last ? 'last **' : 'special');
    } else if (character === '*' || character === '?') {
      expression += character === '*' ? '[^/]*' : '[^/]';
      kinds.push('special');
    } else if (character === '\\') {
      expression += `\\${characters[at++] ?? ''}`;
      kinds.push('special');
    } else {
      expression += escaped.includes(character) ? `\\${character}` : character;
      kinds.push(character === '[' || character === ']' ? 'special' : 'plain');
    }
  }
  return { expression: `${expression}$`, kinds };
}

// Translates the Go expressions of ignore patterns (RE2 syntax, https://pkg.go.dev/regexp/syntax) into JavaScript.

const CONTROLS: Readonly<Record<string, string>> = { a: '\\x07', f: '\\f', n: '\\n', r: '\\r', t: '\\t', v: '\\v' };

const PERL: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' };

const EMPTY: Readonly<Record<string, string>> = { b: '\\b', B: '\\B', A: '^', z: '$' };

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** The JavaScript form of the expression. Throws `BadPatternError` for what Go cannot compile. */
function toJavaScript(expression: string): RegExp {
  const source = new Translation(expression).whole();
  try {
    return new RegExp(source, 'u');
  } catch {
    throw new BadPatternError(expression);
  }
}

class Translation {
  private readonly expression: string;
  private rest: string;

  constructor(expression: string) {
    this.expression = expression;
    this.rest = expression;
  }

  whole(): string {
    let source = '';
    while (this.rest !== '') {
      const character = this.take();
      if (character === '\\') source += this.escape();
      else if (character === '[') source += this.characterClass();
      else if (character === '.') source += '[^\\n]';
      else if ('^$()*?+|'.includes(character)) source += character;
      else if (character === '{' && /^\d+(?:,\d*)?\}/.test(this.rest))
        source += character + this.takeMatch(/^[\d,]*\}/);
      else source += quote(character);
    }
    return source;
  }

  private escape(): string {
    const character = this.take();
    const set = Object.hasOwn(PERL, character.toLowerCase()) ? PERL[character.toLowerCase()] : undefined;
    if (set !== undefined) return character === character.toLowerCase() ? `[${set}]` : `[^${set}]`;
    if (character === 'Q') return this.quoted();
    return (Object.hasOwn(EMPTY, character) ? EMPTY[character] : undefined) ?? this.escapedCharacter(character);
  }

  private escapedCharacter(character: string): string {
    if (!/[A-Za-z0-9]/.test(character)) return quote(character);
    const control = Object.hasOwn(CONTROLS, character) ? CONTROLS[character] : undefined;
    if (control !== undefined) return control;
    if (character === 'x') return code(Number.parseInt(this.takeMatch(/^[0-9A-Fa-f]{2}/), 16));
    if (character === 'p' || character === 'P') return `\\${character}{${this.takeMatch(/^[CLMNPSZ]/)}}`;
    if (character === '0') return code(Number.parseInt(`0${this.takeMatch(/^[0-7]{0,2}/)}`, 8));
    if (/[1-7]/.test(character)) return code(Number.parseInt(character + this.takeMatch(/^[0-7]{1,2}/), 8));
    throw new BadPatternError(this.expression);
  }

  /** `\Q` takes everything literally, up to `\E` or the end. */
  private quoted(): string {
    const end = this.rest.indexOf('\\E');
    const text = end < 0 ? this.rest : this.rest.slice(0, end);
    this.rest = end < 0 ? '' : this.rest.slice(end + 2);
    return [...text].map(quote).join('');
  }

  private characterClass(): string {
    let inner = '';
    if (this.rest.startsWith('^')) inner += this.take();
    do {
      inner += this.classItem();
      if (/^-[^\]]/.test(this.rest)) inner += this.take() + this.classItem();
    } while (!this.rest.startsWith(']'));
    this.take();
    return `[${inner}]`;
  }

  private classItem(): string {
    const posix = /^\[:([a-z]+):\]/.exec(this.rest);
    if (posix?.[1] !== undefined && Object.hasOwn(POSIX, posix[1])) {
      this.rest = this.rest.slice(posix[0].length);
      return POSIX[posix[1]] ?? '';
    }
    const character = this.take();
    if (character !== '\\') return quoteInClass(character);
    const escaped = this.take();
    const set = Object.hasOwn(PERL, escaped) ? PERL[escaped] : undefined;
    if (set !== undefined) return set;
    return /[A-Za-z0-9]/.test(escaped) ? this.escapedCharacter(escaped) : quoteInClass(escaped);
  }

  private take(): string {
    const [character] = this.rest;
    if (character === undefined) throw new BadPatternError(this.expression);
    this.rest = this.rest.slice(character.length);
    return character;
  }

  private takeMatch(expected: RegExp): string {
    const match = expected.exec(this.rest);
    if (match === null) throw new BadPatternError(this.expression);
    this.rest = this.rest.slice(match[0].length);
    return match[0];
  }
}

function quote(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function quoteInClass(character: string): string {
  return character === '-' ? '\\-' : quote(character);
}

function code(point: number): string {
  return `\\u{${point.toString(16)}}`;
}
