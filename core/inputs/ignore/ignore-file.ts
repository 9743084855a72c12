/** Reads `.dockerignore` files: lines to patterns, with the lines' numbers for messages. */
import { trimSpace } from '../white-space';
import { cleanPath } from './clean-path';
import { BadPatternError } from './glob-syntax';
import { IgnoreMatcher } from './ignore-matcher';
import { compilePattern, type Pattern } from './pattern';

/** The matcher, or what is wrong with the file: Docker would refuse to build. */
export type ParsedIgnoreFile =
  | { readonly kind: 'parsed'; readonly matcher: IgnoreMatcher }
  | { readonly kind: 'broken'; readonly line: number; readonly message: string };

/**
 * Parses the text. Comments start in the first column; leading and trailing white space goes; `/a` is `a`
 * (https://docs.docker.com/build/concepts/context/#dockerignore-files, moby/patternmatcher `ignorefile`).
 */
export function parseIgnoreFile(text: string): ParsedIgnoreFile {
  const patterns: Pattern[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const written = raw.startsWith('#') ? '' : normalise(trimSpace(raw));
    try {
      const pattern = written === '' ? undefined : compilePattern(written);
      if (pattern !== undefined) patterns.push(pattern);
    } catch (error) {
      if (!(error instanceof BadPatternError)) throw error;
      return { kind: 'broken', line: index + 1, message: `'${trimSpace(raw)}' is no valid pattern` };
    }
  }
  return { kind: 'parsed', matcher: new IgnoreMatcher(patterns) };
}

function normalise(line: string): string {
  if (line === '') return '';
  const exception = line.startsWith('!');
  const pattern = exception ? trimSpace(line.slice(1)) : line;
  if (pattern === '') return line;
  const cleaned = cleanPath(pattern);
  const relative = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
  return (exception ? '!' : '') + relative;
}
