/** Which texts are read as values files, and the line that a refusal names. */
import { InvalidInputError, type Problem } from '../../../core/contract/errors';
import { parseYaml, readValues } from '../../../core/values/read-values';

const FILE = 'chart/values.yaml';

function refusalOf(text: string): Problem | undefined {
  try {
    readValues(text, FILE);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems[0];
    throw error;
  }
}

const nested = (depth: number) => `a: ${'['.repeat(depth)}${']'.repeat(depth)}\n`;
const key = (depth: number) => `? ${'['.repeat(depth)}${']'.repeat(depth)}\n: v1\n`;
const LONG = 5_000_000;
const withLength = (length: number) => `a: 1\n#${'x'.repeat(length - 7)}\n`;

test.each([
  ['as many characters as are read', withLength(LONG)],
  ['values as deep as they may be', nested(199)],
  ['a key as deep as it may be', key(199)],
  ['a map in one of its documents', '- a\n---\nb: v1\n'],
  ['a map beside a single value', 'v1\n---\na: v1\n'],
  ['CR before each line feed', 'a: 1\r\nb: 2\r\n'],
  ['what looks like a conflict marker within a line', 'a: "<<<<<<< x"\nb: 2 ======= x\n'],
  ['a key `sops` that is a text', 'sops: v1\n'],
  ['a map `sops` without a signature', 'sops: {image: v1}\n'],
  ['a list of documents with `sops`', '- sops: {mac: x}\n---\na: v1\n'],
  ['one word with a colon', 'image.yaml:\n'],
])('a text with %s is read', (_, text) => {
  expect(refusalOf(text)).toBeUndefined();
});

test.each<[string, string, string, number | undefined, string]>([
  ['too long', withLength(LONG + 1), FILE, undefined, 'has 5000001 characters; at most 5000000 are read'],
  ['too deep', `b: 1\n${nested(201)}`, FILE, 2, 'nests values more than 200 deep'],
  ['too deep in a key', `b: 1\n${key(201)}`, FILE, 2, 'nests values more than 200 deep'],
  [
    'a link with white space around',
    ' ../other/values.yml \n',
    FILE,
    1,
    "has only the text '../other/values.yml', so it is",
  ],
  ['no UTF-8 in its third line', 'a: 1\n\nb: \uFFFD\n', FILE, 3, 'is not UTF-8 text'],
  ['a NUL', 'a: 1\nb: \0\n', FILE, 2, 'is not UTF-8 text'],
  ['CR alone', 'a: 1\rb: 2\r', FILE, 1, 'ends its lines with CR alone'],
  ['the end of a merge in its third line', 'a: 1\n\n>>>>>>> main\r\n', FILE, 3, 'has a git conflict marker'],
  ['the middle of a merge', 'a: 1\n=======\nb: 2\n', FILE, 2, 'has a git conflict marker'],
  ['encryption in its second document', 'a: v1\n---\nsops:\n  mac: x\n', 'sops', 4, 'is encrypted with SOPS'],
  ['one word that is too long for a link', `${'x'.repeat(995)}.yaml`, FILE, 1, 'has no keys; it must be the values'],
  ['only lists', '- a\n---\n- b\n', FILE, 1, 'has no keys; it must be the values file of a chart'],
])('a text with %s is refused with its line', (_, text, path, line, message) => {
  const problem = refusalOf(text);

  expect(problem).toMatchObject({ path, message: expect.stringContaining(message) });
  expect(problem?.line).toBe(line);
});

test('the first three faults of a text are told, each with its line', () => {
  const { faults } = parseYaml(['a', 'b', 'c', 'd'].map((name) => `${name}: [x\n---\n`).join(''));

  expect(faults).toEqual(
    [2, 4, 6].map((line) => ({ line, message: expect.stringMatching(/^is not valid YAML: Flow sequence in block /) })),
  );
});
