/** Names that were probably meant, words that can be pasted into a shell, and white space as Go sees it. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { closest } from '../../../core/text/closest';
import { shellCommand, shellWord } from '../../../core/text/escape';
import { matchesWildcard } from '../../../core/text/glob';
import { isSpace, trimEndOf, trimSpace, trimStart } from '../../../core/text/white-space';

test.each<[string, string[], string | undefined]>([
  ['restapi', ['rest-api', 'ngui'], 'rest-api'],
  ['RestApi', ['restapi', 'restapj'], 'restapi'],
  ['rest.api', ['rest_api'], 'rest_api'],
  ['keeper', ['kepeer', 'keepers'], 'keepers'],
  ['keepers', ['kepeersx', 'keep'], undefined],
  ['keeper', ['kepr'], 'kepr'],
  ['auth', ['auht'], undefined],
  ['auth', ['aut', 'authx'], 'aut'],
  ['ab', ['AB', 'ac'], 'AB'],
  ['ab', ['ac'], undefined],
  ['abc', ['abd'], 'abd'],
  ['abcde', ['abc'], 'abc'],
  ['', [], undefined],
])('%j among %j means %j', (name, known, expected) => {
  expect(closest(name, known)).toBe(expected);
});

test('the edit distance is that of the definition', () => {
  const distance = (a: string, b: string): number =>
    a === '' || b === ''
      ? a.length + b.length
      : Math.min(
          distance(a.slice(1), b) + 1,
          distance(a, b.slice(1)) + 1,
          distance(a.slice(1), b.slice(1)) + Number(a[0] !== b[0]),
        );
  const word = fc.stringMatching(/^[ab]{5,6}$/);
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(closest(a, [b])).toBe(distance(a, b) <= 2 ? b : undefined);
    }),
    { numRuns: 60 },
  );
});

test.each(['plain', 'a/b:c@1.2,3=4%+-_', '', "it's", 'a b', '$HOME', '`id`', '*', '~', 'a\nb', '!x', '\\', '"'])(
  'a shell reads %j from its word',
  (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
  },
);

test('a word that needs no quotes has none, and a command is its words', () => {
  expect(shellCommand('npx', 'pipeline', 'run', 'a b', "it's")).toBe("npx pipeline run 'a b' 'it'\\''s'");
});

test('a branch matches a pattern in which * stands for any characters, slashes included', () => {
  const text = fc.stringMatching(/^[ab/]{0,8}$/);
  const pattern = fc.stringMatching(/^[ab/*]{0,6}$/);
  fc.assert(
    fc.property(pattern, text, (written, name) => {
      const expression = new RegExp(`^${written.replaceAll('*', '[^]*')}$`);
      expect(matchesWildcard(written, name)).toBe(expression.test(name));
      const filled = written.replaceAll('*', name);
      expect(matchesWildcard(written, filled)).toBe(true);
      expect(matchesWildcard(written, `${filled}x`)).toBe(written.endsWith('*'));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['release/*', 'release/1', true],
  ['release/*', 'release', false],
  ['*', '', true],
  ['a*b*c', 'abc', true],
  ['a*bb*b', 'abbb', true],
  ['a*bb*b', 'abb', false],
  ['a*ab', 'ab', false],
  ['*ab*ab*', 'xxab', false],
  ['main', 'main2', false],
])('the rule %s and the branch %s: %p', (pattern, text, expected) => {
  expect(matchesWildcard(pattern, text)).toBe(expected);
});

test('white space is that of Go: with U+0085, without U+FEFF', () => {
  const spaces = '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2005\u200a\u2028\u2029\u202f\u205f\u3000';

  expect([...spaces].every(isSpace)).toBe(true);
  expect(['\uFEFF', '\u200b', 'a', ''].some(isSpace)).toBe(false);
  expect(trimSpace(`${spaces}a b\u0085`)).toBe('a b');
  expect(trimStart(' a ')).toBe('a ');
  expect([trimSpace(''), trimSpace(spaces), trimSpace('\uFEFFa')]).toEqual(['', '', '\uFEFFa']);
  expect(trimEndOf('a//', (character) => character === '/')).toBe('a');
});
