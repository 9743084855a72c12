import { compileGlob, compileGoExpression, hasWildcard } from '../../../core/text/glob';

describe('COPY globs', () => {
  it.each([
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['**', 'a/b', false],
    ['**/b', 'a/b', true],
    ['**/b', 'b', false],
    ['a?', 'ab', true],
    ['a?', 'a/', false],
    ['?', 'é', true],
    ['?', '𝒳', true],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[a-c]x', 'Bx', false],
    ['[ax-z]', 'a', true],
    ['[ax-z]', 'y', true],
    ['[ax-z]', 'b', false],
    ['[^ax-z]', 'y', false],
    ['[^a]x', '^x', true],
    ['?x', '\uffffx', true],
    // Unlike * and ?, a class can stand for a slash in Go.
    ['a[^b]c', 'a/c', true],
    ['[[]x', '[x', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['[\\]]x', ']x', true],
    ['*.py', '.py', true],
    ['a*b*c', 'aXbYc', true],
    ['.', 'a', false],
    ['a.c', 'abc', false],
    ['[z-a]', 'b', false],
    ['[^z-a]', 'b', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(compileGlob(pattern)?.matches(path)).toBe(expected);
  });

  it.each(['[', 'a[', '[]', '[]a]', '[a-]', '[-a]', '[a', 'a\\'])('%s is malformed', (pattern) => {
    expect(compileGlob(pattern)).toBeUndefined();
  });

  it.each([
    ['a/*/b', 2],
    ['*', 0],
    ['a[^b]c', undefined],
    ['a[b]c', 0],
  ])('%s is %s folders deep', (pattern, depth) => {
    expect(compileGlob(pattern)?.depth).toBe(depth);
  });

  it.each([
    ['a*', true],
    ['a?', true],
    ['[a]', true],
    ['a\\*', false],
    ['a\\\\*', true],
    ['a]', false],
  ])('%s has a wildcard: %s', (name, expected) => {
    expect(hasWildcard(name)).toBe(expected);
  });
});

test('an expression that Go cannot compile is none', () => {
  expect(compileGoExpression('a(')).toBeUndefined();
  expect(compileGoExpression('^a+$')?.matches('aa')).toBe(true);
});
