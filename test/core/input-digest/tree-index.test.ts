import fc from 'fast-check';
import { findEntry, folderOf, folderRange, indexTree, joinPath } from '../../../core/input-digest/tree-index';
import { treeOf } from '../../support/docker/docker-context';

const part = fc.constantFrom('a', 'b', 'a.b', 'a-', 'a0', 'é', '𝒳', '～', ' ');
const paths = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')));

function tree(all: readonly string[]) {
  return indexTree(treeOf(Object.fromEntries(all.map((path) => [path, path]))));
}

describe('a tree', () => {
  it('finds every file and nothing else', () => {
    fc.assert(
      fc.property(
        paths,
        fc.array(part).map((parts) => parts.join('/')),
        (all, other) => {
          const index = tree(all);
          expect(all.every((path) => findEntry(index, path)?.path === path)).toBe(true);
          expect(findEntry(index, other)?.path).toBe(all.includes(other) ? other : undefined);
        },
      ),
    );
  });

  it('finds the files below a folder', () => {
    fc.assert(
      fc.property(
        paths,
        fc.array(part, { maxLength: 3 }).map((parts) => parts.join('/')),
        (all, folder) => {
          const index = tree(all);
          const { start, end } = folderRange(index, folder);
          const below = all.filter((path) => folder === '' || path.startsWith(`${folder}/`));
          expect(index.entries.slice(start, end).map(({ path }) => path)).toEqual([...below].sort());
        },
      ),
    );
  });

  it('that is sorted already is not copied', () => {
    const entries = treeOf({ a: '', 'a/b': '', b: '' });
    expect(indexTree(entries).entries).toBe(entries);
  });
});

it('paths are joined and cut', () => {
  expect([joinPath('', 'a'), joinPath('a', ''), joinPath('a', 'b/c')]).toEqual(['a', 'a', 'a/b/c']);
  expect([folderOf('a'), folderOf('a/b/c')]).toEqual(['', 'a/b']);
});
