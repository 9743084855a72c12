/** Every scalar of a document has its exact place, with and without its anchor and tag, and the value that a reader gets. */
import { parseYaml } from '../../../core/values/read-values';
import { currentValue, offsetOf, scanLeaves } from '../../../core/values/scan-leaves';

function scan(text: string) {
  return parseYaml(text).documents.map(({ contents }, document) => scanLeaves(contents, document));
}

/** The leaves as `key: place -> value`. The place is what an edit replaces; in brackets the anchor and tag before it. */
function leavesOf(text: string): readonly string[] {
  return scan(text).flatMap(({ leaves }) =>
    [...leaves.values()].map((leaf) => {
      const { key, isKey, outerStart, start, end } = leaf;
      const properties = text.slice(outerStart, start);
      const place = start === end ? `(${start})` : text.slice(start, end);
      return `${isKey ? '?' : ''}${key}: ${properties === '' ? '' : `[${properties}]`}${place} -> ${currentValue(leaf)}`;
    }),
  );
}

test.each<[string, string, readonly string[]]>([
  ['a value', 'tag: v1\n', ['tag: v1 -> v1']],
  ['a document that is one value', 'v1\n', [': v1 -> v1']],
  ['a quoted one', `a: 'v1'\nb: "v\\x31"\n`, [`a: 'v1' -> v1`, 'b: "v\\x31" -> v1']],
  ['a number, as it is written', 'a: 1.10\nb: 0x1F\n', ['a: 1.10 -> 1.10', 'b: 0x1F -> 0x1F']],
  ['a switch', 'a: True\n', ['a: True -> True']],
  ['nothing', 'a: ~\nb: null\n', ['a: ~ -> ', 'b: null -> ']],
  ['an anchor', 'tag: &a v1\n', ['tag: [&a ]v1 -> v1']],
  ['a YAML tag', 'tag: !!str 1\n', ['tag: [!!str ]1 -> 1']],
  ['both', 'a: &a !!str 1\nb: !!str &b 2\n', ['a: [&a !!str ]1 -> 1', 'b: [!!str &b ]2 -> 2']],
  ['an alias', 'a: &a v1\nb: *a\n', ['a: [&a ]v1 -> v1', 'b: *a -> v1']],
  ['list items', 'l:\n- &a v1\n- *a\n- !!str 2\n', [': [&a ]v1 -> v1', ': *a -> v1', ': [!!str ]2 -> 2']],
  ['items in brackets', '[&a v1, {b: *a}, [c]]\n', [': [&a ]v1 -> v1', 'b: *a -> v1', ': c -> c']],
  ['maps in braces', '{a: &x v1, b: {c: *x}}\n', ['a: [&x ]v1 -> v1', 'c: *x -> v1']],
  ['an empty value, right behind its colon', 'tag:\nb:   # no\n', ['tag: (4) -> ', 'b: (7) -> ']],
  ['an empty value, right behind its anchor', 'tag: &a\nb: !!str\n', ['tag: [&a](7) -> ', 'b: [!!str](16) -> ']],
  ['an empty value in braces', '{a: , b: v1}\n', ['a: (3) -> ', 'b: v1 -> v1']],
  ['an empty list item', '- \n- v1\n', [expect.stringMatching(/^: \(\d\) -> $/), ': v1 -> v1']],
  ['a key with an anchor', '? &k tag\n: v1\nb: *k\n', ['?: [&k ]tag -> tag', 'tag: v1 -> v1', 'b: *k -> tag']],
  ['a key that is an alias', 'a: &a v1\n? *a\n: v2\n', ['a: [&a ]v1 -> v1', '?: *a -> v1', ': v2 -> v2']],
  ['a key that is a list', '? [a, b]\n: v1\n', [': a -> a', ': b -> b', ': v1 -> v1']],
  ['an ordered map', '!!omap\n- a: &x v1\n- b: *x\n', [': [&x ]v1 -> v1', ': *x -> v1']],
  ['several documents', 'a: v1\n---\nb: v2\n', ['a: v1 -> v1', 'b: v2 -> v2']],
  ['a merge', 'a: &m {b: v1}\nc:\n  <<: *m\n', ['b: v1 -> v1']],
])('%s', (_, text, expected) => {
  expect(leavesOf(text)).toEqual(expected);
});

test('an alias refers to the last anchor of its name before it', () => {
  expect(leavesOf('a: &a v1\nb: *a\nc: &a v2\nd: *a\n')).toEqual([
    'a: [&a ]v1 -> v1',
    'b: *a -> v1',
    'c: [&a ]v2 -> v2',
    'd: *a -> v2',
  ]);
});

test('an alias of a map or list has its source, and is no leaf', () => {
  const [{ sources, leaves } = { sources: new Map(), leaves: new Map() }] = scan(
    'a: &m {b: v1}\nl: &l [v2]\nc: *m\nd: *l\n',
  );

  expect([...sources.values()].map((node) => offsetOf(node))).toEqual([6, 20]);
  expect(leaves.size).toBe(2);
});

test('leaves know the number of their document', () => {
  const documents = scan('a: v1\n---\nb: v2\n').map(({ leaves }) =>
    [...leaves.values()].map(({ document }) => document),
  );

  expect(documents).toEqual([[0], [1]]);
});

test.each([
  [
    'an alias without an anchor',
    'a: v1\nb: *c\n',
    { offset: 9, message: 'has the alias *c, but no anchor of that name before it' },
  ],
  ['an alias before its anchor', 'a: *c\nb: &c v1\n', { offset: 3, message: expect.any(String) }],
  ['a key with NUL', 'x: {"a\\0b": v1}\n', { offset: 4, message: 'has a key with a NUL character' }],
])('%s is a problem at its place', (_, text, problem) => {
  expect(scan(text).flatMap(({ problems }) => problems)).toEqual([problem]);
});
