/** One pattern of an ignore file (or of `--exclude` and `--parents`), compiled as moby's patternmatcher does, quirks included. */
import { cleanPath } from '../text/clean-path';
import { BadPatternError, compileGoExpression, parseGlob } from '../text/glob';
import { trimSpace } from '../text/white-space';

export interface Pattern {
  /** True for `!pattern`, which takes back in what matches. */
  readonly isException: boolean;
  /** Cleaned, without `!`. */
  readonly text: string;
  /** Number of parts between slashes. */
  readonly depth: number;
  /** Tests a path, without regard to the folders above it, in today's Docker. */
  readonly matches: PathTest;
  /** The same test in Docker 20.10 and before. */
  readonly matchesEarlier: PathTest;
}

type PathTest = (path: string) => boolean;

/** Compiles a pattern; returns undefined for an empty one. Throws `BadPatternError` where patternmatcher returns an error. */
export function compilePattern(written: string): Pattern | undefined {
  const trimmed = trimSpace(written);
  if (trimmed === '') return undefined;
  const cleaned = cleanPath(trimmed);
  const isException = cleaned.startsWith('!');
  const text = isException ? cleaned.slice(1) : cleaned;
  if (text === '') throw new BadPatternError(written);
  parseGlob(text);
  const matches = todaysTest(text);
  const matchesEarlier = /^\*\*[^/]|[+()]/.test(text) ? earlierTest(text) : matches;
  return { isException, text, depth: text.split('/').length, matches, matchesEarlier };
}

/** Today, a text, a start or an end is compared where that is enough. */
function todaysTest(text: string): PathTest {
  const { expression, parts } = translate(text, '.+()$');
  const method = parts.reduce(nextMethod, 'exact');
  if (method === 'exact') return (path) => path === text;
  if (method === 'prefix') return (path) => path.startsWith(text.slice(0, -2));
  if (method === 'suffix') {
    const end = text.slice(2);
    return (path) => path.endsWith(end) || (end.startsWith('/') && path === end.slice(1));
  }
  return isSimple(text) ? simpleTest(text) : expressionTest(expression);
}

/** Docker 20.10 and before always used the expression, in which `+`, `(` and `)` kept their meaning. */
function earlierTest(text: string): PathTest {
  return expressionTest(translate(text, '.$').expression);
}

/** A build that meets an expression which Go cannot compile fails, so that it does not matter what the expression matches. */
function expressionTest(expression: string): PathTest {
  const compiled = compileGoExpression(expression);
  return (path) => compiled?.test(path) === true;
}

/** Returns true if a part between slashes has one star at most, nothing else has a meaning, and `**` stands at most at the start. */
function isSimple(text: string): boolean {
  const parts = text.replace(/^\*\*\//, '').split('/');
  return parts.every((part) => /^[\w .@-]*\*?[\w .@-]*$/.test(part));
}

/** Compares a simple pattern part by part, from the end of the path. Behind `**`, any folders may precede. */
function simpleTest(text: string): PathTest {
  const rest = text.replace(/^\*\*\//, '');
  const tests = rest.split('/').map(partTest).reverse();
  return (path) => {
    let end = path.length;
    for (const test of tests) {
      const start = end <= 0 ? 0 : path.lastIndexOf('/', end - 1) + 1;
      if (end < 0 || !test(path, start, end)) return false;
      end = start - 1;
    }
    // As in Go, `.*` matches no line end.
    return end < 0 || (rest !== text && !path.slice(0, end).includes('\n'));
  };
}

/** Returns the test of one part, which stands in a path from `start` to before `end`. */
function partTest(part: string): (path: string, start: number, end: number) => boolean {
  const [head = '', tail] = part.split('*');
  if (tail === undefined) return (path, start, end) => end - start === head.length && path.startsWith(head, start);
  const least = head.length + tail.length;
  return (path, start, end) => end - start >= least && path.startsWith(head, start) && path.endsWith(tail, end);
}

/** A part of a pattern, by its effect on the way in which moby compares paths. */
type Part = 'plain' | 'special' | 'leading **' | 'last **';

type Method = 'exact' | 'prefix' | 'suffix' | 'expression';

/** A leading `**` makes the rest a suffix, a trailing one the rest a prefix, unless something special stands elsewhere. */
function nextMethod(method: Method, part: Part): Method {
  if (part === 'plain') return method;
  if (part === 'leading **') return 'suffix';
  return part === 'last **' && method === 'exact' ? 'prefix' : 'expression';
}

/**
 * Returns the Go expression that moby builds for a cleaned pattern. `{`, `|` and `}` keep their meaning in it: moby means to escape
 * them, but looks them up in a table that ends before them (`shouldEscape`). `[*]` is no literal star in it.
 */
function translate(pattern: string, escaped: string): { readonly expression: string; readonly parts: readonly Part[] } {
  const characters = [...pattern];
  const parts: Part[] = [];
  let expression = '^';
  for (let at = 0; at < characters.length; ) {
    const isFirst = at === 0;
    const character = characters[at++] ?? '';
    if (character === '*' && characters[at] === '*') {
      at += characters[at + 1] === '/' ? 2 : 1;
      const isLast = at >= characters.length;
      expression += isLast ? '[^\\n]*' : '([^\\n]*/)?';
      parts.push(isFirst ? 'leading **' : isLast ? 'last **' : 'special');
    } else if (character === '*' || character === '?') {
      expression += character === '*' ? '[^/]*' : '[^/]';
      parts.push('special');
    } else if (character === '\\') {
      expression += `\\${characters[at++] ?? ''}`;
      parts.push('special');
    } else {
      expression += escaped.includes(character) ? `\\${character}` : character;
      parts.push(character === '[' || character === ']' ? 'special' : 'plain');
    }
  }
  return { expression: `${expression}$`, parts };
}
