/** The corners of paths, patterns and links: a file that is missed here is a change that builds nothing. */
import { RECIPE_VERSION } from '../../../core/contract/job-environment';
import type { ContextRead } from '../../../core/dockerfile/evaluate/evaluate-stage';
import { IgnoreMatcher } from '../../../core/dockerignore/ignore-file';
import { openContext } from '../../../core/input-digest/build-context';
import { discoverInputs } from '../../../core/input-digest/discover-inputs';
import { SourceResolver } from '../../../core/input-digest/resolve-source';
import { indexTree } from '../../../core/input-digest/tree-index';
import {
  catalogOf,
  discover,
  type Files,
  inputsOf,
  link,
  serviceOf,
  treeOf,
} from '../../support/docker/docker-context';

function read(lines: string, files: Files): { readonly files: readonly string[]; readonly doubts: readonly string[] } {
  const inputs = inputsOf({ ...files, Dockerfile: `FROM scratch\n${lines}\n` });
  return { files: inputs.files.map(({ path }) => path), doubts: inputs.doubts.map(({ text }) => text) };
}

function problemOf(line: string, files: Files): string | undefined {
  return discover({ files: { ...files, Dockerfile: `FROM scratch\n${line}\n` } }).problems[0]?.message;
}

const NOT_FOUND = expect.stringContaining('source not found, so the build will fail');

describe('a source that exists leaves no doubt:', () => {
  const files: Files = { 'a/b/c.py': '', 'a/b/d.txt': '', 'a/x.py': '', 'e/w.py': '', way: link('a/b') };

  it.each([
    ['a pattern two folders deep', 'COPY a/b/*.py /x/', ['a/b/c.py']],
    ['a pattern behind a link', 'COPY way/*.py /x/', ['a/b/c.py', 'way']],
    ['a pattern without a match', 'COPY a/*.none /x/', []],
    ['--parents with a path', 'COPY --parents a/b/c.py /x/', ['a/b/c.py']],
    ['--parents with a pattern without a match', 'COPY --parents a/*.none /x/', []],
    [
      '--parents with a pivot, which is the root of its pattern',
      'COPY --parents a/./**/*.py /x/',
      ['a/b/c.py', 'a/x.py'],
    ],
    [
      '--parents with a pattern before an empty pivot, which takes files only',
      'COPY --parents */./. /x/',
      ['Dockerfile', 'way'],
    ],
    ['--parents with a pivot at the root', 'COPY --parents /./e/w.py /x/', ['e/w.py']],
    ['--parents with a link before the pivot', 'COPY --parents way/./*.py /x/', ['a/b/c.py', 'way']],
  ])('%s', (_, line, expected) => {
    expect(read(line, files)).toEqual({ files: expected, doubts: [] });
  });

  it.each([
    ['a folder that is missing before the pivot', 'COPY --parents none/./x.py /x/', []],
    ['a pattern as the source of a mount, which takes none', 'RUN --mount=source=a/*.py,target=/m true', []],
  ])('but %s is missing', (_, line, expected) => {
    expect(read(line, files)).toEqual({ files: expected, doubts: [NOT_FOUND] });
  });
});

test('a pattern takes a file beside those whose names begin with its name', () => {
  const files: Files = { a: '', 'a-b': '', 'a.txt': '', a0: '', ab: '', 'abc/d': '', 'abc.txt': '' };

  expect(read('COPY a* /x/', files).files).toEqual(Object.keys(files).sort());
  expect(read('COPY a?* /x/', files).files).toEqual(Object.keys(files).sort().slice(1));
});

test('a pattern is matched within the context', () => {
  const all: Files = { 'svc/a.txt': '', 'svc/b/a.txt': '', 'svc/c.py': '', 'a.txt': '' };
  const inputs = (line: string) =>
    inputsOf(
      { ...all, 'svc/Dockerfile': `FROM scratch\n${line}\n` },
      { context: 'svc', dockerfile: 'svc/Dockerfile' },
    ).files.map(({ path }) => path);

  expect(inputs('COPY *.txt /x/')).toEqual(['svc/a.txt']);
  expect(inputs('COPY b/*.txt /x/')).toEqual(['svc/b/a.txt']);
  expect(inputs('COPY --parents **/*.txt /x/')).toEqual(['svc/a.txt', 'svc/b/a.txt']);
});

test('what one instruction excludes is not excluded from the folder of another', () => {
  const files: Files = { 'a/b': '', 'a/c': '', 'ab/b': '', 'ab/c': '' };

  expect(read('COPY --exclude=b a /x/\nCOPY ab /y/', files).files).toEqual(['a/c', 'ab/b', 'ab/c']);
  expect(read('COPY --exclude=b a /x/\nCOPY a /y/', files).files).toEqual(['a/b', 'a/c']);
});

test('the doubt about releases of Docker names one file, and counts the others', () => {
  const files: Files = { 'a/b/c.py': '', 'a/b/d.py': '', 'a/b/e.py': '' };
  const doubts = (patterns: string, source: string) =>
    read(`COPY ${source} /`, { ...files, '.dockerignore': patterns }).doubts;
  const about = (which: string) => [
    `COPY a/b (line 2): today's Docker excludes ${which}, but Docker 20.10 does not, so it counts as read`,
  ];

  expect(doubts('**/*.py\n!a/b', 'a/b')).toEqual(about('a/b/c.py and 2 more'));
  expect(doubts('**/c.py\n!a/b', 'a/b')).toEqual(about('a/b/c.py'));
});

describe('a link', () => {
  it('to an absolute path starts at the root of the context, in whatever folder it is', () => {
    expect(read('COPY a/up /x', { 'a/up': link('/c.txt'), 'c.txt': '' }).files).toEqual(['a/up', 'c.txt']);
  });

  it('to a path with a slash behind it starts at its own folder', () => {
    expect(read('COPY a/down /x', { 'a/down': link('b/'), 'a/b/x': '', 'b/y': '' }).files).toEqual(['a/b/x', 'a/down']);
  });

  it('to the root of the context is the whole context', () => {
    expect(read('COPY a/top /x', { 'a/top': link('..'), b: '' }).files).toEqual(['Dockerfile', 'a/top', 'b']);
  });

  it.each([
    [255, ['end', ...Array.from({ length: 255 }, (_, at) => `l${at}`).sort()]],
    [256, 'Dockerfile:2: l0 is a loop of symlinks; Docker cannot copy it'],
  ])('is followed at most 255 times, as by BuildKit: %i', (count, expected) => {
    const links = Array.from({ length: count }, (_, at) => [`l${at}`, link(at === count - 1 ? 'end' : `l${at + 1}`)]);
    const files: Files = { ...Object.fromEntries(links), end: '' };

    if (typeof expected === 'string') expect(problemOf('COPY l0 /x', files)).toBe(expected);
    else expect(read('COPY l0 /x', files).files).toEqual(expected);
  });

  it.each(['COPY loop/*.py /x', 'COPY --parents loop/./x.py /x'])('in a circle fails the build: %s', (line) => {
    expect(problemOf(line, { loop: link('loop'), 'a.py': '' })).toContain('loop is a loop of symlinks');
  });

  it('that was not read is a fault of the caller, and no problem of the Dockerfile', () => {
    const files: Files = { Dockerfile: 'FROM scratch\nCOPY a/way /x\n', 'a/way': link('b') };
    const texts = new Map(
      treeOf(files).flatMap(({ path, id }) =>
        path === 'Dockerfile' ? [[id, Buffer.from(String(files[path]))]] : [],
      ) as [string, Buffer][],
    );
    const plan = () =>
      discoverInputs({ catalog: catalogOf([serviceOf()]), tree: indexTree(treeOf(files)), texts, recipeVersion: '1' });

    expect(plan).toThrow(
      /^the target of symlink a\/way \(blob [0-9a-f]{40}\) was not read; pass what requiredBlobs names$/,
    );
  });
});

describe('below a submodule', () => {
  it('a pattern counts as found', () => {
    const found = read('COPY vendor/* /x/', { vendor: { mode: '160000', text: 'one' } });

    expect(found).toEqual({ files: ['vendor'], doubts: [expect.stringContaining('a submodule is part of it')] });
  });
});

describe('the work for a source', () => {
  /** The units that a source costs in a context of so many files, in one folder. */
  function cost(files: number, part: Partial<ContextRead>, left = 1e9): number {
    const names = Array.from({ length: files }, (_, at) => `f/${'a'.repeat(94)}${String(at).padStart(4, '0')}`);
    const tree = indexTree(treeOf(Object.fromEntries(names.map((name) => [name, '']))));
    const resolver = new SourceResolver(
      openContext({ tree, folder: '', hasLinks: false, ignore: new IgnoreMatcher([]), texts: new Map() }),
    );
    const read = { line: 1, rule: '', kind: 'copy', source: 'f', parents: false, excludes: [], ...part } as const;
    const budget = { left };
    resolver.resolve(read, budget);
    return left - budget.left;
  }
  const excludes = (count: number) => Array.from({ length: count }, (_, at) => `x${at}`);

  it.each<[string, Partial<ContextRead>, Partial<ContextRead>]>([
    ['the length of a pattern', { source: `f/${'b'.repeat(999)}*` }, { source: `f/${'b'.repeat(1999)}*` }],
    ['the number of patterns to exclude', { excludes: excludes(100) }, { excludes: excludes(200) }],
    [
      'that number, with --parents',
      { parents: true, excludes: excludes(99) },
      { parents: true, excludes: excludes(199) },
    ],
  ])('grows with %s, and with the number of files', (_, one, two) => {
    expect(cost(500, two) / cost(500, one)).toBeCloseTo(2, 1);
    expect(cost(1000, one) / cost(500, one)).toBeCloseTo(2, 1);
    expect(cost(500, one)).toBeGreaterThan(500);
  });

  it('grows with the number of files that a pattern takes, and hardly with those of a folder', () => {
    expect(cost(500, { source: 'f/*' }) - cost(500, { source: 'f/?' })).toBeGreaterThan(500 * 100);
    expect(cost(1000, {})).toBe(cost(10, {}));
  });

  it('has a limit, which may be reached', () => {
    const all = cost(500, { source: 'f/*' });
    expect(cost(500, { source: 'f/*' }, all)).toBe(all);
    expect(() => cost(500, { source: 'f/*' }, all - 1)).toThrow(
      'its sources are too many patterns on too many files to be matched; name folders instead, or use fewer patterns',
    );
  });
});

test('a file that matches only the part before a pivot counts as read, with a doubt', () => {
  const { files, doubts } = read('COPY --parents */./*.txt /x/', { 'a/t.txt': '', 'b.md': '' });
  expect(files).toEqual(['Dockerfile', 'a/t.txt', 'b.md']);
  expect(doubts).toEqual([expect.stringContaining('so BuildKit takes nothing of it, but it counts as read')]);
  expect(read('COPY --parents a/./*.txt /x/', { 'a/t.txt': '', 'b.md': '' }).doubts).toEqual([]);
});

describe('a file that only some releases of Docker exclude', () => {
  const inputs = (ignore: string) => {
    const files = { Dockerfile: 'FROM scratch\nCOPY a /\n', 'a/b/f': 'f', 'a/b/g': 'g', '.dockerignore': ignore };
    const found = discover({ files, recipeVersion: RECIPE_VERSION }).inputs.get('app');
    if (found === undefined) throw new Error('no inputs');
    return found;
  };
  const DISPUTED = 'a/b/*\n!**/b\n';
  const READ = '!**/b\n';

  test('counts as read, and changes the digest once every release reads it', () => {
    const [both, one, none] = [DISPUTED, 'a/b/f\n!**/b\n', READ].map(inputs);
    expect(one?.files).toEqual(none?.files);
    expect(one?.doubts.map(({ text }) => text)).toEqual([expect.stringContaining("today's Docker excludes a/b/f")]);
    expect(both?.files).toEqual(none?.files);
    expect(new Set([both, one, none].map((each) => each?.inputDigest)).size).toBe(3);
  });

  test('leaves no former digest, which would not see the difference', () => {
    expect(inputs(DISPUTED).former).toBeUndefined();
    expect(inputs(READ).former).toBeDefined();
  });

  test('may be an empty folder', () => {
    const empty = inputs('a/b\n!a/b/c\n');
    expect(empty.emptyFolders).toEqual(['a/b']);
    expect(empty.doubts.map(({ text }) => text)).toEqual([expect.stringContaining("today's Docker excludes a/b")]);
  });
});
