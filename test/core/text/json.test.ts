/** Where a text stops being JSON: exactly where the language says so, and without a word of what is in it. */
import fc from 'fast-check';
import { findJsonSyntaxError, isTooDeep, MAX_LEVELS, parseJson } from '../../../core/text/json';
import { runs } from '../../support/property-runs';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a fault', () => {
  test.each<[string, number, number, string]>([
    ['', 1, 1, 'expected a value, found the end of the file; the file is empty'],
    ['{ git', 1, 3, 'expected a name in double quotes or }, found a word; put texts and names into double quotes'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'expected a comma or }, found a text; put a comma before it'],
    ['{\r\n  "a": 1,\r\n}', 3, 1, 'expected a name in double quotes, found "}"; take out the comma before it'],
    ['[1, 2,]', 1, 7, 'expected a value, found "]"; take out the comma before it'],
    ['{\n  // host\n  "a": 1 }', 2, 3, 'JSON has no comments, so take it out'],
    ["{ 'a': 1 }", 1, 3, 'found "\'"; put texts and names into double quotes'],
    ['{ "a": True }', 1, 8, 'expected a value, found a word'],
    ['{ "a" 1 }', 1, 7, 'expected a colon, found a number'],
    ['{ "a": [1, { "b": 2 }', 1, 22, 'expected a comma or ], found the end of the file; 2 brackets are not closed'],
    ['{ "a": "half }', 1, 8, 'found a text; the text has no end on its line, or a \\ that has to be \\\\'],
    ['{ "a": "C:\\dir" }', 1, 8, 'has to be \\\\'],
    ['{ "a": 01 }', 1, 8, 'expected a value, found a number'],
    ['{} {}', 1, 4, 'expected the end of the file, found "{"'],
    ['[1}', 1, 3, 'expected a comma or ], found "}"'],
  ])('of %j is in line %i, column %i', (text, line, column, message) => {
    expect(findJsonSyntaxError(text)).toEqual({ line, column, message: expect.stringContaining(message) });
  });

  test('is none of JSON of any depth', () => {
    expect(findJsonSyntaxError(`${'['.repeat(100_000)}1${']'.repeat(100_000)}`)).toBeUndefined();
  });

  test('is found in exactly the texts that the language refuses', () => {
    const text = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.nat(3),
        fc.constantFrom('', '"', ',', '}', ']', ':', '\\', '\n', '0', '.', 'e', '-', '\u0001', 'null'),
      )
      .map(([json, place, length, put]) => {
        const at = place % (json.length + 1);
        return json.slice(0, at) + put + json.slice(at + length);
      });
    fc.assert(
      fc.property(text, (each) => {
        expect({ each, fault: findJsonSyntaxError(each) === undefined }).toEqual({ each, fault: isJson(each) });
      }),
      { numRuns: runs(3000) },
    );
  });

  test('tells nothing of a secret that stands where the fault is', () => {
    for (const text of ['{ "token": ghp_s3cr3t }', '{ "token": "x" "ghp_s3cr3t" }', '{ ghp_s3cr3t: 1 }']) {
      expect(findJsonSyntaxError(text)?.message).not.toMatch(/s3cr3t|ghp/);
    }
  });
});

test.each<[value: unknown, levels: number]>([
  [1, 0],
  [null, 0],
  ['[[]]', 0],
  [[], 1],
  [{}, 1],
  [[1, [null], 'a'], 2],
  [{ a: 1, b: { c: [[]] }, d: [] }, 4],
])('%j nests %i levels deep', (value, levels) => {
  expect(isTooDeep(value, levels)).toBe(false);
  if (levels > 0) expect(isTooDeep(value, levels - 1)).toBe(true);
});

test('no more than a hundred levels are accepted, however deep a value is', () => {
  const nested = (depth: number) => parseJson(`${'['.repeat(depth)}${']'.repeat(depth)}`);

  expect([nested(MAX_LEVELS), nested(MAX_LEVELS + 1), nested(5000)].map((value) => isTooDeep(value))).toEqual([
    false,
    true,
    true,
  ]);
});

test.each<[string, unknown]>([
  ['{"a":[1]}', { a: [1] }],
  ['[]', []],
  ['null', null],
  ['{', undefined],
  ['', undefined],
])('the text %j has the value %j', (text, value) => {
  expect(parseJson(text)).toEqual(value);
  expect(findJsonSyntaxError(text) === undefined).toBe(value !== undefined);
});
