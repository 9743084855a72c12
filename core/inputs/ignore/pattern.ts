/** One pattern of an ignore file (or of `--exclude` and `--parents`), compiled. */

import { trimSpace } from '../white-space';
import { cleanPath } from './clean-path';
import { BadPatternError, parseGlob } from './glob-syntax';
import { toJavaScript } from './go-expression';
import { toGoExpression } from './pattern-expression';

export interface Pattern {
  /** True for `!pattern`: what matches is taken back in. */
  readonly exception: boolean;
  /** Cleaned, without `!`. */
  readonly text: string;
  /** Whether the pattern names this very path; parents are the matcher's business. */
  readonly matches: (path: string) => boolean;
}

/** Compiles a pattern; undefined for an empty one. Throws `BadPatternError` where moby's patternmatcher would. */
export function compilePattern(written: string): Pattern | undefined {
  const trimmed = trimSpace(written);
  if (trimmed === '') return undefined;
  const cleaned = cleanPath(trimmed);
  const exception = cleaned.startsWith('!');
  const text = exception ? cleaned.slice(1) : cleaned;
  if (text === '') throw new BadPatternError(written);
  parseGlob(text);
  return { exception, text, matches: toTest(text) };
}

function toTest(text: string): (path: string) => boolean {
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
  const compiled = toJavaScript(expression);
  return (path) => compiled.test(path);
}
