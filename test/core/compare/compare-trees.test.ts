import fc from 'fast-check';
import { applyChanges, reverseChanges, type TreeChange, type TreeContent } from '../../../core/compare/compare';

const content = fc.record({
  mode: fc.constantFrom('100644', '100755', '120000', '160000'),
  id: fc.constantFrom('1'.repeat(40), '2'.repeat(40), '3'.repeat(40)),
}) as fc.Arbitrary<TreeContent>;
const path = fc.constantFrom('a', 'a/b', 'a-b', 'a/b/c', 'a0', 'b', 'ü', 'z z', '\u{1f600}', '\uffee');
const tree = fc.dictionary(path, content);

function entriesOf(files: Readonly<Record<string, TreeContent>>) {
  return Object.entries(files)
    .map(([each, { mode, id }]) => ({ path: each, mode, id }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function changesOf(before: Readonly<Record<string, TreeContent>>, after: typeof before): readonly TreeChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((each) => JSON.stringify(before[each]) !== JSON.stringify(after[each]))
    .map((each) => ({
      path: each,
      ...(before[each] === undefined ? {} : { before: before[each] }),
      ...(after[each] === undefined ? {} : { after: after[each] }),
    }));
}

describe('a tree and its changes', () => {
  test('give the other tree, and backwards the first one', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const changes = changesOf(before, after);
        expect(applyChanges(entriesOf(before), changes)).toEqual(entriesOf(after));
        expect(applyChanges(entriesOf(after), reverseChanges(changes))).toEqual(entriesOf(before));
      }),
    );
  });

  test('share what did not change', () => {
    const before = entriesOf({ a: { mode: '100644', id: '1'.repeat(40) }, b: { mode: '100644', id: '2'.repeat(40) } });

    const after = applyChanges(before, [{ path: 'b', before: { mode: '100644', id: '2'.repeat(40) } }]);

    expect(after).toHaveLength(1);
    expect(after[0]).toBe(before[0]);
    expect(applyChanges(before, [])).toBe(before);
  });
});
