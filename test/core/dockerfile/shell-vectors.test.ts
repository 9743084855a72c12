// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
/** BuildKit's own test vectors of words and variables, and what it hands to Go's regular expressions. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expandVariables } from '../../../core/dockerfile/shell/shell-lexer';

type Variables = Readonly<Record<string, string>>;

interface Vectors {
  readonly variables: Variables;
  readonly texts: readonly (readonly [text: string, expected: string | null])[];
  readonly words: readonly (readonly [Variables, text: string, expected: readonly string[] | null])[];
  readonly cases: readonly (readonly [Variables, text: string, expected: string | null])[];
}

const file = resolve(__dirname, '../../fixtures/buildkit/shell.json');
const { variables, texts, words, cases }: Vectors = JSON.parse(readFileSync(file, 'utf8'));

const expand = (text: string, values: Variables) =>
  expandVariables(text, { escapeMark: '\\', lookup: (name) => values[name] });
const textOf = (text: string, values: Variables): string | null => {
  try {
    return expand(text, values).text;
  } catch {
    return null;
  }
};

test.each(texts)('envVarTest: %s becomes %j', (text, expected) => {
  expect(textOf(text, variables)).toBe(expected);
});

test.each(cases)('lex_test.go: with %j %s becomes %j', (values, text, expected) => {
  expect(textOf(text, values)).toBe(expected);
});

test.each(words)('wordsTest: with %j %s is split into %j', (values, text, expected) => {
  if (expected === null) expect(() => expand(text, values)).toThrow();
  else expect(expand(text, values).words).toEqual(expected);
});

test.each([
  ['[$0]', 'a[b]a[b]'],
  ['[${0}]', 'a[b]a[b]'],
  ['$$0', 'a$0a$0'],
  ['$1', 'aa'],
  ['<$é1_>', 'a<>a<>'],
  ['$0x', 'aa'],
  ['$', 'a$a$'],
  ['${}', 'a${}a${}'],
])('in the replacement of every match, %s is what Go makes of it', (replacement, expected) => {
  expect(textOf('${v//b/$r}', { v: 'abab', r: replacement })).toBe(expected);
  expect(textOf('${v/b/$r}', { v: 'ab', r: replacement })).toBe(`a${replacement}`);
});

test.each([
  ['ab', '', '-a-b-'],
  ['ab', '*', '-'],
  ['', '*', '-'],
  ['', '', '-'],
  ['aab', 'a', '--b'],
  ['a.b', '.', 'a-b'],
  ['abcab', '?b', '-c-'],
  ['a*b', '\\*', 'a-b'],
  ['a?b', '\\?', 'a-b'],
  ['a}b', '\\}', 'a-b'],
])('every match in %j of the pattern %j is replaced: %j', (value, pattern, expected) => {
  expect(textOf('${v//$p/-}', { v: value, p: pattern })).toBe(expected);
});

test.each(['\\', '\\x', 'a\\\\\\'])('the pattern %j is refused', (pattern) => {
  expect(() => expand('${v#$p}', { v: 'x', p: pattern })).toThrow('invalid escape');
});

test('a pattern has at most 256 characters', () => {
  const value = 'a'.repeat(300);

  expect(textOf('${v#$p}', { v: value, p: 'a'.repeat(256) })).toBe('a'.repeat(44));
  expect(() => expand('${v#$p}', { v: value, p: 'a'.repeat(257) })).toThrow(
    'a pattern has 257 characters; at most 256 are matched',
  );
});

test.each([
  ['${x?}', 'x: is not allowed to be unset or empty'],
  ['${x:?a word}', 'x: a word'],
  ['${x:=1}', 'unsupported modifier (:=) in ${x:=1}'],
  ['${x=1}', 'unsupported modifier (=) in ${x=1}'],
  ['"x', 'missing " at the end of "x'],
  ['${x:-a', "missing '}' in ${x:-a"],
])('%s is refused with its reason', (text, reason) => {
  expect(() => expand(text, {})).toThrow(reason);
});
