/** The proof must find every wrong edit by itself, without knowing what the editor did. */
import * as fc from 'fast-check';
import type { InvalidInputError } from '../../../core/contract/errors';
import { editValues, openValues } from '../../../core/values/edit-values';
import { proveEdit } from '../../../core/values/prove-edit';
import { readValues } from '../../../core/values/read-values';
import { childKey, placeOf, ROOT_KEY } from '../../../core/values/values-path';

const CHART =
  'tag: &tag v1.3.0\nrestapi: {image: {tag: *tag}}\nauth: &auth\n  image:\n    tag: v1.3.0\nmigrate:\n  <<: *auth\nlist: [a, b]\n';

function key(...steps: readonly (string | number)[]): string {
  return steps.reduce<string>(childKey, ROOT_KEY);
}

function deviating(before: string, after: string, meant: Readonly<Record<string, string>> = {}): readonly string[] {
  const deviations = proveEdit(readValues(before, 'values.yaml'), after, [new Map(Object.entries(meant))]);
  return deviations.map(({ key: at }) => placeOf(at).join('.'));
}

test('an edit that does what it means has no deviations', () => {
  const after = CHART.replace('tag: *tag', 'tag: v2');
  expect(deviating(CHART, after, { [key('restapi', 'image', 'tag')]: 'v2' })).toEqual([]);
  expect(deviating(CHART, CHART)).toEqual([]);
});

test.each<[string, string, string, readonly string[]]>([
  ['moving the anchor instead of the alias', '&tag v1.3.0', '&tag v2', ['tag', 'restapi.image.tag']],
  ['changing what another map merges in', '    tag: v1.3.0', '    tag: v2', ['auth.image.tag', 'migrate.image.tag']],
  ['a number in place of a text', '    tag: v1.3.0', '    tag: 1.3', ['auth.image.tag', 'migrate.image.tag']],
  ['losing a key', 'list: [a, b]\n', '', ['', 'list']],
  ['losing an item', '[a, b]', '[a]', ['list']],
  ['renaming a key', 'migrate:', 'other:', ['migrate']],
  ['a map in place of a value', '&tag v1.3.0', '&tag {v: 1}', ['tag', 'restapi.image.tag']],
  ['a document more', 'list: [a, b]\n', 'list: [a, b]\n---\nx: 1\n', ['']],
])('%s is found', (_what, from, to, expected) => expect(deviating(CHART, CHART.replace(from, to))).toEqual(expected));

test.each<[string, string, string, readonly string[]]>([
  ['a text in place of a list of as many', 'a: [x]\n', 'a: x\n', ['a']],
  ['a list in place of a text', 'a: x\n', 'a: [x]\n', ['a']],
  ['other bytes', 'a: !!binary aGk=\n', 'a: !!binary aGo=\n', ['a']],
  ['the same bytes', 'a: !!binary aGk=\n', 'a: !!binary "aGk="\n', []],
  ['a text in place of bytes', 'a: !!binary aGk=\n', 'a: hi\n', ['a']],
  ['a number in place of a time', 'a: !!timestamp 1970-01-01\n', 'a: 0\n', ['a']],
  ['another time', 'a: !!timestamp 2026-01-01\n', 'a: !!timestamp 2026-01-02\n', ['a']],
  ['a value of an ordered map', 'a: !!omap [x: 1, y: 2]\n', 'a: !!omap [x: 1, y: 3]\n', ['a.1.y']],
  [
    'a value that a map has before its merge',
    'b: &b { x: 0 }\na: { x: 1, <<: *b }\n',
    'b: &b { x: 0 }\na: { x: 2, <<: *b }\n',
    ['a.x'],
  ],
  [
    'a value that a map inherits from a list of maps',
    'a: { <<: [{ x: 1 }, { y: 1 }] }\n',
    'a: { <<: [{ x: 1 }, { y: 2 }] }\n',
    ['a.y'],
  ],
])('%s: the difference is found where it is', (_, before, after, expected) => {
  expect(deviating(before, after)).toEqual(expected);
});

test('an edit that breaks the YAML is refused with its fault', () => {
  const fault =
    /^values\.yaml was left as it is.*values\.yaml: is written in a form .* would break \(Flow sequence .*\)/s;
  const refused = expect.objectContaining({ name: 'ValuesFile', message: expect.stringMatching(fault) });
  expect(() => deviating(CHART, CHART.replace('[a, b]', '[a, b'))).toThrow(refused);
});

test('what would change along with an edit is refused with its path and line', () => {
  const text = 'base: &b { tag: v1 }\n\nx: &m\n  <<: *b\ny: *m\n';
  const edit = () => editValues(text, [{ kind: 'literal', path: 'y.tag', tag: 'v2' }], 'values.yaml');

  const problems = ['base.tag', 'x.tag'].map((path) => ({
    path,
    line: 1,
    message: expect.stringContaining('as well'),
  }));
  expect(edit).toThrow(expect.objectContaining({ name: 'ValuesFile', problems }));
});

test('a long value and a number are told in short', () => {
  const messageOf = (tag: string) => {
    try {
      editValues(`a: &m { tag: ${tag} }\nb: *m\n`, [{ kind: 'literal', path: 'a.tag', tag: 'v2' }], 'values.yaml');
    } catch (error) {
      return (error as InvalidInputError).problems[0]?.message;
    }
    return undefined;
  };

  expect(messageOf('1')).toMatch(/^would change from 1 to 'v2' as well/);
  expect(messageOf('x'.repeat(90))).toMatch(/^would change from 'x{80}' to 'v2' as well/);
});

test('a file with an alias of nothing is refused with its line, before any edit', () => {
  const problems = [{ path: 'values.yaml', line: 2, message: expect.stringContaining('none') }];
  const open = () => openValues('a: 1\nb: *none\n', 'values.yaml');
  expect(open).toThrow(expect.objectContaining({ name: 'ValuesFile', problems }));
});

test('an edit that misses what it means is found', () => {
  expect(deviating(CHART, CHART, { [key('auth', 'image', 'tag')]: 'v2' })).toEqual(['auth.image.tag']);
  expect(deviating(CHART, CHART, { [key('nowhere')]: 'v2' })).toEqual(['nowhere']);
});

test('changing any one value of any file is found, and only there', () => {
  const files = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,5}$/),
    fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1 }),
    { minKeys: 1, noNullPrototype: true },
  );
  fc.assert(
    fc.property(files, fc.nat(), fc.nat(), (file, which, item) => {
      const names = Object.keys(file);
      const name = names[which % names.length] ?? '';
      const values = file[name] ?? [];
      const at = item % values.length;
      const changed = { ...file, [name]: values.with(at, `${values[at]}x`) };
      expect(deviating(JSON.stringify(file), JSON.stringify(changed))).toEqual([`${name}.${at}`]);
    }),
  );
});
