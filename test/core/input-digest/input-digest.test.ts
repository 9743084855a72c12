import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { digestOf, fileSlice, folderSlice, inputDigestOf, touches } from '../../../core/input-digest/input-digest';
import { indexTree } from '../../../core/input-digest/tree-index';
import type { TreeEntry } from '../../../core/ports/git';

const records = fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), { maxLength: 6 });

describe('the digest', () => {
  it('has 40 hex digits', () => {
    expect(inputDigestOf([['a']])).toMatch(/^[0-9a-f]{40}$/);
  });

  it('does not change, because candidates and version locks contain it', () => {
    expect(inputDigestOf([])).toBe('f473d1eea775507058922feb030b2747fb3d831e');
    expect(
      inputDigestOf([
        ['recipe', 'dockerfile', 'x'],
        ['file', 'a', '100644', 'y'],
      ]),
    ).toBe('cb25cc4c9c36b4c9d38c644d95ae22c1bb3ed4d0');
  });

  it('does not depend on order or repetition', () => {
    fc.assert(
      fc.property(records, fc.nat(), (list, turn) => {
        const turned = [...list.slice(turn % (list.length + 1)), ...list.slice(0, turn % (list.length + 1))];
        expect(inputDigestOf([...turned, ...list])).toBe(inputDigestOf(list));
      }),
    );
  });

  it('differs for different lists with any characters', () => {
    const texts = fc.array(fc.constantFrom('a', '1:a,', '\0', ',', '', '1', ':', 'é'), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 3 }), fc.array(texts, { maxLength: 3 }), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(digestOf(a)).not.toBe(digestOf(b));
      }),
    );
  });

  it('of a long list does not depend on the chunks', () => {
    const long = Array.from({ length: 20_000 }, (_, index) => [`path/${index}`]);
    const bytes = long.map(([text = '']) => `1;${text.length}:${text},`).join('');
    expect(digestOf(long)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});

describe('a slice', () => {
  const tree = indexTree([
    { path: 'svc/a', mode: '100644', id: 'id0' },
    { path: 'svc/b', mode: '160000', id: 'id1' },
    { path: 'svc/c', mode: '120000', id: 'id2' },
  ]);

  it('of a file has its path, mode and id', () => {
    const entry: TreeEntry = { path: 'svc/a', mode: '100755', id: 'id0' };
    const slice = { positions: { start: 4, end: 5 }, emptyFolders: [], hasSubmodule: false };

    expect(fileSlice(entry, 4, 'a', false)).toEqual({ ...slice, disputed: [], record: ['file', 'a', '100755', 'id0'] });
    expect(fileSlice(entry, 4, 'a', true).disputed).toEqual(['a']);
    expect(fileSlice({ ...entry, mode: '160000' }, 4, 'a', true).hasSubmodule).toBe(true);
  });

  it('of a folder has the files at its positions and its empty folders, relative to the context', () => {
    const files = { positions: Uint32Array.from([0, 2]), emptyFolders: ['x'], disputed: ['c'] };
    const records = [
      ['a', '100644', 'id0'],
      ['c', '120000', 'id2'],
      ['x', 'folder', ''],
    ];

    expect(folderSlice(tree, 'svc', '.', files)).toEqual({
      ...files,
      hasSubmodule: false,
      record: ['folder', '.', digestOf(records)],
    });
    const whole = folderSlice(tree, 'svc', '.', { ...files, positions: { start: 0, end: 3 } });
    expect(whole.hasSubmodule).toBe(true);
    expect(folderSlice(tree, 'svc', '.', { ...files, positions: { start: 0, end: 1 } }).hasSubmodule).toBe(false);
    expect(whole.record).not.toEqual(['folder', '.', digestOf(records)]);
  });

  it('touches a range exactly if one of its positions is in it', () => {
    const place = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(fc.uniqueArray(place), place, place, place, (list, start, end, first) => {
        const slice = fileSlice({ path: 'a', mode: '100644', id: 'id' }, 0, 'a', false);
        const range = { start: Math.min(start, end), end: Math.max(start, end) + 1 };
        const isIn = (position: number) => position >= range.start && position < range.end;
        const positions = Uint32Array.from(list.sort((a, b) => a - b));

        expect(touches({ ...slice, positions }, range)).toBe(list.some(isIn));
        const few = { start: first, end: first + 3 };
        const isTouched = [0, 1, 2].some((step) => isIn(first + step));
        expect(touches({ ...slice, positions: few }, range)).toBe(isTouched);
      }),
    );
  });
});
