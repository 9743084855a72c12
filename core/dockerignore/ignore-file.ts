import { cleanPath } from '../text/clean-path';
import { BadPatternError } from '../text/glob';
import { trimSpace } from '../text/white-space';
import { compilePattern, type Pattern } from './pattern';

/** More than people write. Every pattern may be tested on every file, so without a bound a small file could take hours. */
const MAX_PATTERNS = 5_000;

/** The longest path of Linux (PATH_MAX). */
const LONGEST_PATTERN = 4_096;

/** Messages quote the file, whose lines have no limit. */
const LONGEST_QUOTE = 100;

/** The matcher, or the error with which Docker refuses the file. */
export type ParsedIgnoreFile =
  | { readonly kind: 'parsed'; readonly matcher: IgnoreMatcher }
  | { readonly kind: 'broken'; readonly line: number; readonly message: string };

/**
 * Parses a `.dockerignore`. Comments start in the first column; white space around a pattern is dropped; `/a` means `a`
 * (https://docs.docker.com/build/concepts/context/#dockerignore-files, moby/patternmatcher `ignorefile`).
 */
export function parseIgnoreFile(text: string): ParsedIgnoreFile {
  const patterns: Pattern[] = [];
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (const [index, raw] of lines.entries()) {
    const problem = raw.startsWith('#') ? undefined : addPattern(patterns, trimSpace(raw));
    if (problem !== undefined) return { kind: 'broken', line: index + 1, message: problem };
  }
  return { kind: 'parsed', matcher: new IgnoreMatcher(patterns) };
}

/** Returns what is wrong with the line; undefined if it was added, or is empty. */
function addPattern(patterns: Pattern[], line: string): string | undefined {
  if (line.length > LONGEST_PATTERN)
    return `the pattern has ${line.length} characters; at most ${LONGEST_PATTERN} are matched`;
  try {
    const pattern = compilePattern(normalize(line));
    if (pattern === undefined) return undefined;
    if (patterns.length >= MAX_PATTERNS)
      return `the file has more than ${MAX_PATTERNS} patterns; write fewer, wider ones`;
    patterns.push(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof BadPatternError)) throw error;
    return `'${line.slice(0, LONGEST_QUOTE)}' is no valid pattern`;
  }
}

function normalize(line: string): string {
  const exception = line.startsWith('!') ? '!' : '';
  const pattern = trimSpace(line.slice(exception.length));
  if (pattern === '') return line;
  return exception + cleanPath(pattern).replace(/^\//, '');
}

/** The answers for a folder, which decide about its content, too. */
export interface FolderState {
  /** True if today's Docker does not send the folder itself. */
  readonly isExcluded: boolean;
  /** The patterns that count for the whole content of the folder, by index. */
  readonly matched: ReadonlySet<number>;
  /** True if Docker 20.10 does not enter the folder. */
  readonly isSkipped: boolean;
  /** True if no release can send anything in the folder. */
  readonly isClosed: boolean;
}

/**
 * Tells which paths an ignore file excludes: the last matching pattern wins. The releases of Docker do not agree on it:
 * - Today (BuildKit since 0.10, moby/patternmatcher `MatchesUsingParentResults`), a pattern that matches a folder counts for its content. A
 *   pattern that could not change the answer for a folder is not tested on it, and does not count for its content either.
 * - Until Docker 20.10 (`fileutils.Matches`), a pattern of n parts is tested on the path and on the path's first n folders. An excluded
 *   folder is entered only if an exception, read as plain text, is inside it.
 *
 * A path counts as excluded only if both agree: an input too many costs a build, an input too few makes a wrong image.
 */
export class IgnoreMatcher {
  private readonly patterns: readonly Pattern[];
  private readonly exceptions: readonly Pattern[];
  /** True if all releases agree: without exceptions they exclude what matches, and its content. */
  private readonly isUndisputed: boolean;

  constructor(patterns: readonly Pattern[]) {
    this.patterns = patterns;
    this.exceptions = patterns.filter((pattern) => pattern.isException);
    this.isUndisputed = patterns.every(
      ({ isException, matches, matchesEarlier }) => !isException && matches === matchesEarlier,
    );
  }

  /** The number of patterns; with none, nothing is excluded. */
  get size(): number {
    return this.patterns.length;
  }

  /** Returns the state of a folder; `parent` is undefined at the top. */
  enter(path: string, parent: FolderState | undefined): FolderState {
    const matched = new Set<number>();
    const isExcluded = this.isExcludedToday(path, parent, matched);
    const isSkipped = this.isUndisputed ? isExcluded : this.isSkipped(path, parent);
    return { isExcluded, matched, isSkipped, isClosed: isExcluded && isSkipped && this.exceptions.length === 0 };
  }

  /** Returns true if every release excludes a file of the folder. */
  isExcluded(path: string, folder: FolderState | undefined): boolean {
    return this.isExcludedToday(path, folder) && this.isExcludedEarlier(path, folder);
  }

  /** Applies today's rule, which `--exclude` and `--parents` follow, too. Adds to `matched` the patterns that count for the path's content. */
  isExcludedToday(path: string, folder: FolderState | undefined, matched?: Set<number>): boolean {
    let isExcluded = false;
    let index = -1;
    for (const pattern of this.patterns) {
      index++;
      const isInherited = folder?.matched.has(index) === true;
      if (!isInherited && (pattern.isException !== isExcluded || !pattern.matches(path))) continue;
      matched?.add(index);
      isExcluded = !pattern.isException;
    }
    return isExcluded;
  }

  /** Applies the rule until Docker 20.10. */
  isExcludedEarlier(path: string, folder: FolderState | undefined): boolean {
    if (folder?.isSkipped === true) return true;
    if (this.isUndisputed) return this.isExcludedToday(path, folder);
    let isExcluded = false;
    for (const pattern of this.patterns) {
      if (pattern.isException !== isExcluded) continue;
      const isMatch = pattern.matchesEarlier(path) || pattern.matchesEarlier(firstFolders(path, pattern.depth));
      if (isMatch) isExcluded = !pattern.isException;
    }
    return isExcluded;
  }

  private isSkipped(folder: string, parent: FolderState | undefined): boolean {
    if (!this.isExcludedEarlier(folder, parent)) return false;
    return !this.exceptions.some(({ text }) => `${text}/`.startsWith(`${folder}/`));
  }
}

/** Returns the first `count` folders of a path, or the path itself if it has fewer. */
function firstFolders(path: string, count: number): string {
  let end = -1;
  for (let found = 0; found < count; found++) {
    end = path.indexOf('/', end + 1);
    if (end < 0) return path;
  }
  return path.slice(0, end);
}
