import fc from 'fast-check';
import { byPathBytes, parseTree } from '../../../adapters/git/tree';

const ID = '0123456789abcdef0123456789abcdef01234567';

function listing(...paths: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    paths.flatMap((path) => [Buffer.from(`100644 blob ${ID}\t`), Buffer.from(path), Buffer.from([0])]),
  );
}

test('names with tabs, line feeds and quotes are read verbatim', () => {
  const paths = ['a\tb', 'c\nd', '"e"'];

  expect(parseTree(listing(...paths)).map((entry) => entry.path)).toEqual(paths);
});

test('an empty tree is valid', () => {
  expect(parseTree(Buffer.alloc(0))).toEqual([]);
});

test('a name that is not UTF-8 gets replacement characters, and the list stays sorted', () => {
  const tree = parseTree(listing(Buffer.from([0x66, 0xfc]), 'g', Buffer.from([0x80])));

  expect(tree.map((entry) => entry.path)).toEqual(['f\ufffd', 'g', '\ufffd']);
});

test('two names that differ only in invalid UTF-8 are refused', () => {
  const bytes = listing(Buffer.from([0xfc]), Buffer.from([0xfd]));

  expect(() => parseTree(bytes)).toThrow(expect.objectContaining({ name: 'GitHostError' }));
});

test('a truncated listing is refused', () => {
  const bytes = listing('a', 'b').subarray(0, -1);

  expect(() => parseTree(bytes)).toThrow(expect.objectContaining({ name: 'GitHostError' }));
});

test('paths are sorted by their UTF-8 bytes', () => {
  const path = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(path, path, (a, b) => {
      const order = Math.sign(byPathBytes({ path: a }, { path: b }));
      expect(order).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
