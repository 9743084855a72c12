/** One pattern of an ignore file (or of `--exclude` and `--parents`), compiled. */
import { trimSpace } from '../white-space';
import { cleanPath } from './clean-path';
import { BadPatternError, parseGlob } from './glob-syntax';
import { toJavaScript } from './go-expression';
import { toEarlierExpression, toGoExpression } from './pattern-expression';

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
