/** The rule of each kind of release, as its source has it, gives the same answers as the matcher, on any file of any folder. */
import fc from 'fast-check';
import { type FolderState, parseIgnoreFile } from '../../../core/dockerignore/ignore-file';
import { compilePattern, type Pattern } from '../../../core/dockerignore/pattern';
import { runs } from '../../support/property-runs';

/** https://github.com/moby/patternmatcher, `MatchesUsingParentResults`: what matches a folder counts for its content. */
function excludesToday(patterns: readonly Pattern[], path: string): boolean {
  let inherited: readonly boolean[] = [];
  let isMatched = false;
  for (const each of [...foldersOf(path), path]) {
    isMatched = false;
    inherited = patterns.map(({ isException, matches }, index) => {
      const isTested = isException === isMatched;
      const isMatch = inherited[index] === true || (isTested && matches(each));
      if (isMatch) isMatched = !isException;
      return isMatch;
    });
  }
  return isMatched;
}

/** Docker 20.10, `fileutils.Matches`: the path, or its first folders, as many as the pattern has parts. */
function matchesEarlier(patterns: readonly Pattern[], path: string): boolean {
  const folders = path.split('/').slice(0, -1);
  let isMatched = false;
  for (const { text, isException, matchesEarlier: matches } of patterns) {
    const depth = text.split('/').length;
    const isMatch = matches(path) || (depth <= folders.length && matches(folders.slice(0, depth).join('/')));
    if (isMatch) isMatched = !isException;
  }
  return isMatched;
}

/** Docker 20.10, `archive.TarWithOptions`: an excluded folder is entered only for an exception whose text begins with it. */
function skipsEarlier(patterns: readonly Pattern[], folder: string): boolean {
  const isNeeded = patterns.some(({ isException, text }) => isException && `${text}/`.startsWith(`${folder}/`));
  return matchesEarlier(patterns, folder) && !isNeeded;
}

/** The folders around a path, the outermost first. */
function foldersOf(path: string): readonly string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
}

const part = fc.constantFrom('a', 'b', '*', '**', 'a*', '*.py', 'a+', '**b');
const line = fc.tuple(fc.constantFrom('', '', '!'), fc.array(part, { minLength: 1, maxLength: 3 }));
const ignoreFiles = fc.array(
  line.map(([sign, parts]) => sign + parts.join('/')),
  { maxLength: 5 },
);
const paths = fc
  .array(fc.constantFrom('a', 'b', 'aa', 'c.py', 'ab'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));

test('each release excludes what its own rule excludes, and a file counts as excluded only if all do', () => {
  fc.assert(
    fc.property(ignoreFiles, paths, (lines, path) => {
      const parsed = parseIgnoreFile(lines.join('\n'));
      if (parsed.kind === 'broken') throw new Error(parsed.message);
      const { matcher } = parsed;
      const patterns = lines.flatMap((each) => compilePattern(each) ?? []);
      const hasExceptions = patterns.some(({ isException }) => isException);
      let folder: FolderState | undefined;
      let isSkipped = false;
      for (const at of foldersOf(path)) {
        folder = matcher.enter(at, folder);
        isSkipped ||= skipsEarlier(patterns, at);
        const isExcluded = excludesToday(patterns, at);
        expect(folder).toMatchObject({ isExcluded, isSkipped, isClosed: isExcluded && isSkipped && !hasExceptions });
      }
      const today = excludesToday(patterns, path);
      const earlier = isSkipped || matchesEarlier(patterns, path);

      expect(matcher.isExcludedToday(path, folder)).toBe(today);
      expect(matcher.isExcludedEarlier(path, folder)).toBe(earlier);
      expect(matcher.isExcluded(path, folder)).toBe(today && earlier);
      expect(matcher.size).toBe(patterns.length);
    }),
    { numRuns: runs(3_000) },
  );
});
