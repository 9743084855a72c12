/** Reads `.dockerignore` files: lines to patterns, with the lines' numbers for messages. */

import { cleanPath } from '../text/clean-path';
import { BadPatternError } from '../text/glob';
import { trimSpace } from '../text/white-space';
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

// * Says which paths an ignore file leaves out, the last matching pattern winning. Docker's releases do not agree on it:
//  * - Today (BuildKit since 0.10, moby/patternmatcher `MatchesUsingParentResults`), a pattern that has matched a folder goes for
//   all that is in it. A pattern that was not asked about the folder, because it could not have changed the answer there, is not
//   asked about the folder later either.
// - Up to Docker 20.10 (`fileutils.Matches`), a pattern of n parts is tried on the path and on the path's first n folders, and a
//   folder that is left out is entered only if an exception, read as plain text, lies in it.
//  * A path counts as left out only where both agree: an input too many costs a build, one too few is a wrong image.

/** What is known of a folder when its content is asked about. */
export interface FolderState {
  /** Today's Docker does not send the folder itself. */
  readonly leftOut: boolean;
  /** Which patterns go for all that is in the folder, by index. */
  readonly matched: readonly number[];
  /** Docker 20.10 does not enter the folder. */
  readonly isSkipped: boolean;
  /** Nothing in the folder can be visible to any release. */
  readonly closed: boolean;
}

export class IgnoreMatcher {
  private readonly patterns: readonly Pattern[];
  private readonly exceptions: readonly Pattern[];
  /** True if the releases cannot disagree: without exceptions both leave out what matches, and all that is in it. */
  private readonly isUndisputed: boolean;

  constructor(patterns: readonly Pattern[]) {
    this.patterns = patterns;
    this.exceptions = patterns.filter((pattern) => pattern.isException);
    this.isUndisputed = patterns.every(
      ({ isException, matches, matchesEarlier }) => !isException && matches === matchesEarlier,
    );
  }

  /** True if nothing can ever be left out. */
  get isEmpty(): boolean {
    return this.patterns.length === 0;
  }

  /** Goes into a folder; `parent` is undefined at the top. */
  enter(path: string, parent: FolderState | undefined): FolderState {
    const matched: number[] = [];
    const leftOut = this.leavesOutToday(path, parent, matched);
    const isSkipped = this.isUndisputed ? leftOut : parent?.isSkipped === true || this.staysOutside(path, parent);
    return { leftOut, matched, isSkipped, closed: leftOut && isSkipped && this.exceptions.length === 0 };
  }

  /** Whether every release leaves out a file of the folder. */
  isExcluded(path: string, folder: FolderState | undefined): boolean {
    return this.leavesOutToday(path, folder) && this.leavesOutEarlier(path, folder);
  }

  /** Today's rule alone, which `--exclude` and `--parents` follow, too; fills `own` with what goes for the path's children. */
  leavesOutToday(path: string, folder: FolderState | undefined, own?: number[]): boolean {
    let out = false;
    for (let index = 0; index < this.patterns.length; index++) {
      const pattern = this.patterns[index];
      if (pattern === undefined) continue;
      const inherited = folder?.matched.includes(index) === true;
      if (!inherited && (pattern.isException !== out || !pattern.matches(path))) continue;
      own?.push(index);
      out = !pattern.isException;
    }
    return out;
  }

  /** The rule up to Docker 20.10. */
  leavesOutEarlier(path: string, folder: FolderState | undefined): boolean {
    if (folder?.isSkipped === true) return true;
    if (this.isUndisputed) return this.leavesOutToday(path, folder);
    let out = false;
    for (const pattern of this.patterns) {
      if (pattern.isException !== out) continue;
      const match = pattern.matchesEarlier(path) || pattern.matchesEarlier(firstFolders(path, pattern.depth));
      if (match) out = !pattern.isException;
    }
    return out;
  }

  private staysOutside(folder: string, parent: FolderState | undefined): boolean {
    if (!this.leavesOutEarlier(folder, parent)) return false;
    return !this.exceptions.some(({ text }) => `${text}/`.startsWith(`${folder}/`));
  }
}

/** The first so many folders of a path, or the path itself if it does not have so many. */
function firstFolders(path: string, count: number): string {
  let end = -1;
  for (let found = 0; found < count; found++) {
    end = path.indexOf('/', end + 1);
    if (end < 0) return path;
  }
  return path.slice(0, end);
}
