/** The files of a context, found folder by folder, are those that the ignore file leaves when each path is asked on its own. */
import fc from 'fast-check';
import { type FolderState, parseIgnoreFile } from '../../../core/dockerignore/ignore-file';
import {
  checkPatterns,
  filterFiles,
  isDisputed,
  isVisibleFolder,
  openContext,
  visibleBelow,
  visibleEntry,
} from '../../../core/input-digest/build-context';
import {
  eachPosition,
  findEntry,
  folderOf,
  folderRange,
  indexTree,
  joinPath,
} from '../../../core/input-digest/tree-index';
import { treeOf } from '../../support/docker/docker-context';
import { runs } from '../../support/property-runs';

const name = fc.constantFrom('a', 'b', 'c', 'd.py');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const pattern = fc.constantFrom(
  '*',
  'a',
  '!a',
  'a/b',
  '!a/b',
  '**/b',
  '!**/c',
  'a/*',
  '*/c',
  '**/*.py',
  '!a/b/c',
  'b/c',
);
const folder = fc.constantFrom('', 'svc', 'svc/x');

/** Drops paths that are folders of others: a tree cannot have both. */
function filesOf(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].filter((each) => !paths.some((other) => other.startsWith(`${each}/`))).sort();
}

function foldersOf(files: readonly string[]): readonly string[] {
  const found = new Set(files.map(folderOf));
  for (const each of found) if (each !== '') found.add(folderOf(each));
  found.delete('');
  return [...found];
}

function worldOf(at: string, paths: readonly string[], patterns: readonly string[]) {
  const files = filesOf(paths);
  const inRepository = files.map((file) => (at === '' ? file : `${at}/${file}`));
  const others = ['a/b', 'svc.py', 'svc/w', 'svc/y/a', 'z'].filter((each) => at !== '' && !each.startsWith(`${at}/`));
  const tree = indexTree(treeOf(Object.fromEntries([...inRepository, ...others].map((each) => [each, each]))));
  const parsed = parseIgnoreFile(patterns.join('\n'));
  if (parsed.kind === 'broken') throw new Error(parsed.message);
  const ignore = parsed.matcher;
  const context = openContext({ tree, folder: at, hasLinks: false, ignore, texts: new Map() });
  const state = (each: string): FolderState | undefined =>
    each === '' ? undefined : ignore.enter(each, state(folderOf(each)));
  const skip = at === '' ? 0 : at.length + 1;
  const pathsAt = (positions: Parameters<typeof eachPosition>[0] = new Uint32Array()) =>
    [...eachPosition(positions)].map((position) => tree.entries[position]?.path.slice(skip));
  return { files, context, ignore, state, pathsAt };
}

const world = fc.tuple(folder, fc.array(path, { minLength: 1, maxLength: 12 }), fc.array(pattern, { maxLength: 4 }));

test('a file is sent unless every release excludes it, and disputed if only some do', () => {
  fc.assert(
    fc.property(world, ([at, paths, patterns]) => {
      const { files, context, ignore, state, pathsAt } = worldOf(at, paths, patterns);
      const isOut = (file: string) => ignore.isExcluded(file, state(folderOf(file)));
      const isArgued = (file: string) => {
        const parent = state(folderOf(file));
        return ignore.isExcludedToday(file, parent) && !ignore.isExcludedEarlier(file, parent);
      };
      const sent = files.filter((file) => !isOut(file));
      const all = visibleBelow(context, '');

      expect(pathsAt(all?.positions)).toEqual(sent);
      expect(all?.disputed.filter((each) => files.includes(each))).toEqual(sent.filter(isArgued));
      for (const file of files) {
        expect(visibleEntry(context, file) !== undefined).toBe(!isOut(file));
        expect(isDisputed(context, file)).toBe(isArgued(file));
      }
      expect(visibleEntry(context, 'no/such/file')).toBeUndefined();
    }),
    { numRuns: runs(300) },
  );
});

test('a folder has the files below it, and is sent empty unless every release leaves it out', () => {
  fc.assert(
    fc.property(world, ([at, paths, patterns]) => {
      const { files, context, state, pathsAt } = worldOf(at, paths, patterns);
      const sent = pathsAt(visibleBelow(context, '')?.positions) as string[];
      const folders = foldersOf(files);
      const isBelow = (each: string, around: string) => each.startsWith(`${around}/`);
      const isLeftOut = (each: string) => state(each)?.isExcluded === true && state(each)?.isSkipped === true;
      const isClosed = (each: string): boolean =>
        each !== '' && (state(each)?.isClosed === true || isClosed(folderOf(each)));
      const isBare = (each: string) => !sent.some((file) => isBelow(file, each));
      const open = folders.filter((each) => isBare(each) && !isLeftOut(each) && !isClosed(each));
      const empty = open.filter((each) => !open.some((other) => isBelow(other, each))).sort();

      expect([...(visibleBelow(context, '')?.emptyFolders ?? [])].sort()).toEqual(empty);
      const disputed = visibleBelow(context, '')?.disputed.filter((each) => folders.includes(each));
      expect([...(disputed ?? [])].sort()).toEqual(empty.filter((each) => state(each)?.isExcluded));
      for (const each of folders) {
        const below = visibleBelow(context, each);
        const expected = sent.filter((file) => isBelow(file, each));
        expect(pathsAt(below?.positions)).toEqual(expected);
        const emptyBelow = empty.filter((other) => isBelow(other, each));
        const isAlone = expected.length === 0 && emptyBelow.length === 0;
        if (below !== undefined) expect([...below.emptyFolders].sort()).toEqual(isAlone ? [each] : emptyBelow);
        if (below !== undefined && isAlone) expect(below.disputed).toEqual(state(each)?.isExcluded ? [each] : []);
        const isSent = expected.length > 0 || !isLeftOut(each) || open.some((other) => isBelow(other, each));
        expect(below !== undefined).toBe(isSent);
        expect(isVisibleFolder(context, each)).toBe(isSent);
      }
      expect(visibleBelow(context, 'none')).toBeUndefined();
      expect(isVisibleFolder(context, 'none')).toBe(false);
    }),
    { numRuns: runs(300) },
  );
});

test('a folder of which everything is sent is a range, however many files it has', () => {
  const { context } = worldOf('svc', ['a/b', 'a/c', 'd', 'e/f'], ['d']);

  expect(visibleBelow(context, 'a')?.positions).toEqual({ start: context.range.start, end: context.range.start + 2 });
  expect(visibleBelow(context, '')?.positions).toBeInstanceOf(Uint32Array);
});

test('the root of a context is always sent, even without a file', () => {
  const { context } = worldOf('svc', [], ['x']);

  expect(visibleBelow(context, '')).toEqual({ positions: context.range, emptyFolders: [], disputed: [] });
  expect(context.range.start).toBe(context.range.end);
  expect(isVisibleFolder(context, '')).toBe(false);
});

test('a filter takes what it includes and does not exclude, in the folder and below', () => {
  const { context, pathsAt } = worldOf('svc', ['a/b/x.py', 'a/b/y.txt', 'a/c/z.py', 'a/d/w', 'b'], ['a/d/*']);
  const files = visibleBelow(context, 'a');
  if (files === undefined) throw new Error('nothing is visible');
  const taken = (filter: Parameters<typeof filterFiles>[3]) => {
    const { positions, emptyFolders } = filterFiles(context, 'a', files, filter);
    return [...pathsAt(positions), ...emptyFolders];
  };

  expect(taken({ excludes: [] })).toEqual(['a/b/x.py', 'a/b/y.txt', 'a/c/z.py', 'a/d']);
  expect(taken({ excludes: ['b'] })).toEqual(['a/c/z.py', 'a/d']);
  expect(taken({ excludes: ['d'] })).toEqual(['a/b/x.py', 'a/b/y.txt', 'a/c/z.py']);
  expect(taken({ includes: ['**/*.py'], excludes: [] })).toEqual(['a/b/x.py', 'a/c/z.py']);
  expect(taken({ includes: ['b', 'd'], excludes: ['**/*.py'] })).toEqual(['a/b/y.txt', 'a/d']);
  expect(taken({ excludes: [''] })).toEqual(taken({ excludes: [] }));
  expect(() => taken({ excludes: ['[a-'] })).toThrow("'[a-' is no valid pattern");
  expect(() => checkPatterns(['a', '[a-'])).toThrow("'[a-' is no valid pattern");
  const empty = visibleBelow(context, 'a/d');
  expect(empty && filterFiles(context, 'a/d', empty, { excludes: ['*'] }).emptyFolders).toEqual(['a/d']);
});

test('a filter also drops the disputes about files that it does not take', () => {
  const { context } = worldOf('svc', ['a/b/z.py', 'a/c'], ['**/*.py', '!a/b']);
  const files = visibleBelow(context, 'a');

  expect(files?.disputed).toEqual(['a/b/z.py']);
  expect(files && filterFiles(context, 'a', files, { excludes: ['b'] }).disputed).toEqual([]);
});

const step = fc.constantFrom('a', 'b', 'a.b', 'a-', 'a0', 'é', '𝒳', '～', ' ');
const treePaths = fc.uniqueArray(fc.array(step, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')));

function treeOfPaths(all: readonly string[]) {
  return indexTree(treeOf(Object.fromEntries(all.map((path) => [path, path]))));
}

describe('a tree', () => {
  it('finds every file and nothing else', () => {
    fc.assert(
      fc.property(
        treePaths,
        fc.array(step).map((parts) => parts.join('/')),
        (all, other) => {
          const index = treeOfPaths(all);
          expect(all.every((path) => findEntry(index, path)?.path === path)).toBe(true);
          expect(findEntry(index, other)?.path).toBe(all.includes(other) ? other : undefined);
        },
      ),
    );
  });

  it('finds the files below a folder', () => {
    fc.assert(
      fc.property(
        treePaths,
        fc.array(step, { maxLength: 3 }).map((parts) => parts.join('/')),
        (all, folder) => {
          const index = treeOfPaths(all);
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
