import { cleanPath, trimSlashes, withinRoot } from '../../../core/text/clean-path';

test.each([
  ['', '.'],
  ['a//b/./c/', 'a/b/c'],
  ['a/../..', '..'],
  ['../../a', '../../a'],
  ['/../a', '/a'],
])("cleanPath('%s') is %s, as in Go", (path, clean) => {
  expect(cleanPath(path)).toBe(clean);
});

test('a path within a root cannot leave it', () => {
  expect(withinRoot('a/../../../b')).toBe('b');
  expect(withinRoot('..')).toBe('');
});

test('only slashes at the end are trimmed, in linear time', () => {
  const slashes = '/'.repeat(500_000);

  expect(trimSlashes(`https://host/api${slashes}`)).toBe('https://host/api');
  expect(trimSlashes(`${slashes}x`)).toBe(`${slashes}x`);
});
