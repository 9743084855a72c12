import type { FolderState, IgnoreMatcher } from '../../../core/dockerignore/ignore-file';
import { parseIgnoreFile } from '../../../core/dockerignore/ignore-file';

function matcherOf(text: string): IgnoreMatcher {
  const parsed = parseIgnoreFile(text);
  if (parsed.kind === 'broken') throw new Error(parsed.message);
  return parsed.matcher;
}

/** Which releases leave the path out. */
function verdict(text: string, path: string): { today: boolean; earlier: boolean } {
  const matcher = matcherOf(text);
  let folder: FolderState | undefined;
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    folder = matcher.enter(path.slice(0, slash), folder);
  }
  return { today: matcher.isExcludedToday(path, folder), earlier: matcher.isExcludedEarlier(path, folder) };
}

const OUT = { today: true, earlier: true };
const IN = { today: false, earlier: false };

describe('an ignore file leaves out', () => {
  it.each([
    // https://docs.docker.com/build/concepts/context/#dockerignore-files
    ['*/temp*', 'somedir/temporary.txt'],
    ['*/temp*', 'somedir/temp/x'],
    ['*/*/temp*', 'somedir/subdir/temporary.txt'],
    ['temp?', 'tempa'],
    ['**/*.go', 'x.go'],
    ['**/*.go', 'a/b/x.go'],
    ['/foo/bar', 'foo/bar'],
    ['foo/bar', 'foo/bar'],
    ['foo/bar/', 'foo/bar/baz'],
    ['*.md\n!README.md', 'other.md'],
    ['*.md\n!README*.md\nREADME-secret.md', 'README-secret.md'],
    // the language of the patterns
    ['a', 'a/b/c'],
    ['./a', 'a'],
    ['a/../b', 'b'],
    ['  a  ', 'a'],
    ['a\r', 'a'],
    ['\uFEFFa', 'a'],
    ['**', 'a/b'],
    ['a/**', 'a/b/c'],
    ['**/b', 'a/b/c'],
    ['a/**/c', 'a/c'],
    ['a/**/c', 'a/x/y/c'],
    ['a[b-d]', 'ac'],
    ['a[^b-d]', 'ae'],
    ['a\\*', 'a*'],
    ['a\\[b', 'a[b'],
    ['a.b', 'a.b'],
    ['a+b', 'a+b'],
    ['ü?', 'üé'],
    ['[[:digit:]]x', '1x'],
    ['a\\d', 'a1'],
    ['a b', 'a b'],
    ['**/b*/c', 'a/bx/c'],
    ['**/b*/c', 'bx/c'],
    ['**/b?.c', 'bx.c'],
    // moby's patternmatcher forgets to escape these
    ['a|b*', 'ax/y'],
    ['*.{js,ts}', 'a.{js,ts}'],
    ['\\!a', '!a'],
    ['\\#a', '#a'],
    [' #a', '#a'],
    ['*\n!a\na/b', 'a/b'],
    ['b!', 'b!'],
  ])('%j: %s', (text, path) => {
    expect(verdict(text, path).today).toBe(true);
  });

  it.each([
    ['', 'a'],
    ['# a', '# a'],
    ['.', 'a'],
    ['/', 'a'],
    ['a', 'b/a'],
    ['a', 'A'],
    ['temp?', 'temp'],
    ['*.go', 'a/x.go'],
    ['a?c', 'a/c'],
    ['a.b', 'axb'],
    ['*.md\n!README.md', 'README.md'],
    ['*\n!a', 'a/b'],
    ['a\n!a/b', 'a/b/c'],
    ['**\n!a/**/c', 'a/b/c'],
    ['../a', 'a'],
    ['b\n\uFEFFa', 'a'],
    ['*\n! a', 'a'],
    ['*\n!/a', 'a'],
    ['**/b*/c', 'a/xb/c'],
    ['**/b*/c', 'c'],
    ['**/*.go', 'a\nb/x.go'],
    // BuildKit's translation to an expression makes of `[*]` no literal star.
    ['a[*]b*', 'a*b'],
  ])('%j: not %j', (text, path) => {
    expect(verdict(text, path).today).toBe(false);
  });
});

describe('releases of Docker that disagree', () => {
  it.each([
    [
      'a pattern that could not change the answer for the folder',
      '**/*.py\n!a/b',
      'a/b/z.py',
      { today: true, earlier: false },
    ],
    [
      'an exception with a wildcard in a folder that is left out',
      'a\n!**/z.py',
      'a/b/z.py',
      { today: false, earlier: true },
    ],
    ['everything but a pattern', '*\n!**/*.py', 'a/b/z.py', { today: false, earlier: true }],
    ['a deep folder with an exception', '**/foo\n!x/y/foo/keep', 'x/y/foo/f', { today: true, earlier: false }],
    ['two stars without a slash', '**.py', 'a/b/z.py', { today: true, earlier: false }],
    ['characters with a meaning in expressions', 'p(1)*', 'p(1).txt', { today: true, earlier: false }],
    ['the same exception read as a text', 'a\n!a*/b/z.py', 'a/b/z.py', { today: false, earlier: true }],
  ])('differ about %s', (_, text, path, expected) => {
    expect(verdict(text, path)).toEqual(expected);
  });

  it.each([
    ['a\n!a/b', 'a/c', OUT],
    ['a\n!a/b', 'a/b/c', IN],
    ['*\n!a/b/c', 'a/b/c/d', IN],
    ['**/.git\n**/*.pyc', 'a/b.pyc', OUT],
    ['**/node_modules', 'a/node_modules/x/y', OUT],
  ])('agree about %j: %s', (text, path, expected) => {
    expect(verdict(text, path)).toEqual(expected);
  });
});

describe('the size of an ignore file', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`).join('\n');

  it('may be 5,000 patterns of 4,096 characters, and empty lines', () => {
    expect(parseIgnoreFile(`${lines(5_000)}\n\n# more\n`)).toMatchObject({ kind: 'parsed', matcher: { size: 5_000 } });
    expect(parseIgnoreFile('a'.repeat(4_096)).kind).toBe('parsed');
  });

  it('is refused with its line beyond that', () => {
    expect(parseIgnoreFile(lines(5_001))).toEqual({
      kind: 'broken',
      line: 5_001,
      message: 'the file has more than 5000 patterns; write fewer, wider ones',
    });
    expect(parseIgnoreFile(`a\n${'b'.repeat(4_097)}`)).toEqual({
      kind: 'broken',
      line: 2,
      message: 'the pattern has 4097 characters; at most 4096 are matched',
    });
  });

  it('does not matter to a message, which quotes 100 characters', () => {
    const message = `'[${'a'.repeat(99)}' is no valid pattern`;
    expect(parseIgnoreFile(`[${'a'.repeat(200)}`)).toEqual({ kind: 'broken', line: 1, message });
  });
});

it.each([
  ['a\n!', 2],
  ['a\n!/', 2],
  ['a[', 1],
  ['\n\na[]b', 3],
  ['a\\', 1],
  ['[a-]', 1],
])('an ignore file that Docker refuses has a line: %j', (text, line) => {
  expect(parseIgnoreFile(text)).toMatchObject({ kind: 'broken', line });
});
