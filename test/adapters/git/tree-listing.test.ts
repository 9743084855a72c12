import fc from 'fast-check';
import { byPathBytes, parseTree } from '../../../adapters/git/tree';

const ID = '0123456789abcdef0123456789abcdef01234567';

function listing(...paths: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    paths.flatMap((path) => [Buffer.from(`100644 blob ${ID}\t`), Buffer.from(path), Buffer.from([0])]),
  );
}

/** The listing as a pipe gives it, in pieces of any size. */
async function* inPieces(listing: Buffer, size = Math.max(1, listing.length)): AsyncGenerator<Buffer> {
  for (let at = 0; at < listing.length; at += size) yield listing.subarray(at, at + size);
}

test('names with tabs, line feeds and quotes are read verbatim, wherever the pipe cuts the listing', async () => {
  const paths = ['a\tb', 'c\nd', '"e"'];
  const bytes = listing(...paths);

  for (let size = 1; size <= bytes.length; size++) {
    expect((await parseTree(inPieces(bytes, size))).map((entry) => entry.path)).toEqual(paths);
  }
});

test('an empty tree is valid', async () => {
  expect(await parseTree(inPieces(Buffer.alloc(0)))).toEqual([]);
});

test('a name that is not UTF-8 gets replacement characters, and the list stays sorted', async () => {
  const tree = await parseTree(inPieces(listing(Buffer.from([0x66, 0xfc]), 'g', Buffer.from([0x80]))));

  expect(tree.map((entry) => entry.path)).toEqual(['f\ufffd', 'g', '\ufffd']);
});

test.each([
  ['two names that differ only in invalid UTF-8', listing(Buffer.from([0xfc]), Buffer.from([0xfd]))],
  ['a truncated listing', listing('a', 'b').subarray(0, -1)],
])('%s is refused', async (_, bytes) => {
  await expect(parseTree(inPieces(bytes))).rejects.toThrow(expect.objectContaining({ name: 'GitHostError' }));
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
