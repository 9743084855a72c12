/** A compiled pattern matches exactly what the expression matches that moby's patternmatcher makes of it, however it is compared. */
import fc from 'fast-check';
import { compilePattern } from '../../../core/dockerignore/pattern';
import { runs } from '../../support/property-runs';

/** The expression of moby, by replacement instead of a walk. `escaped` are the characters that stand for themselves in it. */
function expressionOf(pattern: string, escaped: RegExp): RegExp {
  const source = pattern
    .replace(escaped, '\\$&')
    .replace(/(?<!^)\*\*\/?$/, '<any>')
    .replace(/\*\*\/?/g, (stars) => (stars === pattern ? '<any>' : '<folders>'))
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
    .replaceAll('<any>', '[^\\n]*')
    .replaceAll('<folders>', '([^\\n]*/)?');
  return new RegExp(`^${source}$`);
}

/** Docker today. Behind a leading `**`, a text without wildcards is compared with the end of the path, within a name, too. */
function matchesToday(pattern: string, path: string): boolean {
  const rest = pattern.slice(2);
  if (pattern.startsWith('**') && !/[*?[\]]/.test(rest)) return path.endsWith(rest) || `/${path}` === rest;
  return expressionOf(pattern, /[.+()$]/g).test(path);
}

const written = ['a', 'ab', '*', '**', '?', 'a*', '*b', 'a?', '?b', '*a*', 'a.b', '[ab]', '**a', 'a**', 'a+b', '(a)'];
const patterns = fc.array(fc.constantFrom(...written), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const names = fc.constantFrom('a', 'b', 'ab', 'ba', 'a.b', 'axb', 'a+b', 'aab', '(a)', 'a\nb');
const paths = fc.array(names, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

/** Paths that nearly match: what the wildcards may stand for, with a part more or less at the start or the end. */
function nearPaths(pattern: string): readonly string[] {
  const plain = pattern.replaceAll('?', 'b').replaceAll('[ab]', 'a');
  const filled = ['', 'a', 'b/a'].map((stars) => plain.replaceAll('**/', stars && `${stars}/`).replaceAll('**', stars));
  const exact = filled.flatMap((text) => ['', 'b'].map((star) => text.replaceAll('*', star)));
  return exact.flatMap((path) => [path, `a/${path}`, `${path}/a`, path.replace(/^[^/]*\//, '')]);
}

function compile(pattern: string) {
  const compiled = compilePattern(pattern);
  if (compiled === undefined) throw new Error(`${pattern} is empty`);
  return compiled;
}

test('any pattern and any path', () => {
  fc.assert(
    fc.property(patterns, fc.array(paths, { minLength: 5, maxLength: 5 }), (pattern, all) => {
      const { matches, matchesEarlier } = compile(pattern);
      for (const path of [...all, ...nearPaths(pattern)]) {
        // A text that ends with `**` is compared with the start of the path, line ends included.
        if (/^[^*?[]*\*\*$/.test(pattern) && path.includes('\n')) continue;
        expect([path, matches(path)]).toEqual([path, matchesToday(pattern, path)]);
        expect([path, matchesEarlier(path)]).toEqual([path, expressionOf(pattern, /[.$]/g).test(path)]);
      }
    }),
    { numRuns: runs(2_000) },
  );
});

test.each([
  ['a/**', 'a/b\nc', true],
  ['a/**', 'a', false],
  ['**/a*', 'b\nc/a', false],
  ['**/a*', 'b/c/a', true],
  ['**/*/*', 'a', false],
  ['**/*/*', 'a/b', true],
  ['**/?/a', 'bb/a', false],
  ['**/a', 'a', true],
  ['**/a', 'ba', false],
  ['**a', 'b/ba', true],
  ['ab*ba', 'aba', false],
  ['ab*ba', 'abba', true],
  ['x/ab*ba', 'x/aba', false],
  ['a*/b', 'b', false],
  ['*/b', 'a/b/b', false],
])('%j and %j: %s', (pattern, path, expected) => {
  expect(compile(pattern).matches(path)).toBe(expected);
});

test('a pattern is compared by an expression only if a text or its parts are not enough', () => {
  const text = compile('a/b');
  const plus = compile('a+b');

  expect(text.matchesEarlier).toBe(text.matches);
  expect(plus.matchesEarlier).not.toBe(plus.matches);
  expect([plus.matches('a+b'), plus.matchesEarlier('a+b'), plus.matchesEarlier('aab')]).toEqual([true, false, true]);
});

test.each([
  ['!a/b', { isException: true, text: 'a/b', depth: 2 }],
  [' a/./b/../c ', { isException: false, text: 'a/c', depth: 2 }],
  ['!**', { isException: true, text: '**', depth: 1 }],
])('%j is read as its cleaned text', (pattern, expected) => {
  expect(compile(pattern)).toMatchObject(expected);
});

test('an empty pattern is none, and an exception of nothing is refused', () => {
  expect([compilePattern(''), compilePattern(' \t')]).toEqual([undefined, undefined]);
  expect(() => compilePattern('!')).toThrow();
});
