/** The second half of the git host contract: history, files by path, and commits. */
import type { GitHost } from '../../core/ports/git';
import type { TestRepository } from '../support/git/git-repository';

export const UNKNOWN = '0123456789abcdef0123456789abcdef01234567';
/** Valid branch names that a shell or an option parser would misread. */
export const HOSTILE = [
  '--x',
  '-d',
  'HEAD',
  '$(id)',
  'a;id',
  '`id`',
  'a|b',
  'a&b',
  'a>b',
  'a"b',
  "a'b",
  '{IFS}',
  '%0a',
  'a@b',
  'ü/ä',
  '#1',
];

/** Returns the repository and its host, new for each test. */
export type State = () => { readonly repository: TestRepository; readonly host: GitHost };

/** Defines the suites of `isAncestor`, `log` and `readFiles`. */
export function describeHistoryAndFiles(state: State): void {
  describe('isAncestor', () => {
    test('is true for a commit and its ancestors, false for others and for unknown ones', async () => {
      const { repository, host } = state();
      const first = repository.commit('main', { a: '1' });
      const second = repository.commit('main', { a: '2' });
      repository.git('branch', 'side', first);
      const side = repository.commit('side', { a: '3' });

      expect(await host.isAncestor(first, second)).toBe(true);
      expect(await host.isAncestor(second, second)).toBe(true);
      expect(await host.isAncestor(second, first)).toBe(false);
      expect(await host.isAncestor(side, second)).toBe(false);
      expect(await host.isAncestor(UNKNOWN, second)).toBe(false);
      expect(await host.isAncestor(second, UNKNOWN)).toBe(false);
      expect(await host.isAncestor('--all', second)).toBe(false);
    });
  });

  describe('log', () => {
    test('lists the commits that changed a file, newest first, with message and content', async () => {
      const { repository, host } = state();
      const first = repository.commit('main', { 'a/lock': '1', b: '1' }, 'one\n\nRun-Id: r1');
      repository.commit('main', { b: '2' }, 'not this one');
      const removed = repository.commit('main', { 'a/lock': null }, 'two');
      const last = repository.commit('main', { 'a/lock': '3 ü' }, 'three');
      const head = repository.commit('main', { b: '3' }, 'nor this one');

      const log = await host.log(head, 'a/lock', 10);

      expect(log.map(({ commit }) => commit)).toEqual([last, removed, first]);
      expect(log.map(({ message }) => message.trim())).toEqual(['three', 'two', 'one\n\nRun-Id: r1']);
      const blobs = await host.blobs(log.flatMap(({ id }) => id ?? []));
      expect(log.map(({ id }) => blobs.get(id ?? '')?.toString())).toEqual(['3 ü', undefined, '1']);
    });

    test('stops at the limit and ignores other branches', async () => {
      const { repository, host } = state();
      const commits = Array.from({ length: 120 }, (_, index) => repository.commit('main', { a: `${index}` }));
      repository.git('branch', 'side', commits[4] ?? '');
      repository.commit('side', { a: 'elsewhere' });
      const newestFirst = commits.reverse();

      const log = async (limit: number) =>
        (await host.log(newestFirst[0] ?? '', 'a', limit)).map((each) => each.commit);

      expect(await log(3)).toEqual(newestFirst.slice(0, 3));
      expect(await log(110)).toEqual(newestFirst.slice(0, 110));
      expect(await log(1000)).toEqual(newestFirst);
    });

    test.each(['missing', '../a', '--all', ':(glob)*', ''])(
      'finds nothing for %p, which no commit has',
      async (path) => {
        const { repository, host } = state();
        const head = repository.commit('main', { a: '1' });

        expect(await host.log(head, path, 10)).toEqual([]);
      },
    );
  });

  describe('readFiles', () => {
    test('returns texts at a commit and omits missing files', async () => {
      const { repository, host } = state();
      const commit = repository.commit('main', { 'a/b.yaml': 'tag: v1\n', c: '\ufeffü\r\n' });
      repository.commit('main', { 'a/b.yaml': 'tag: v2\n' });

      const texts = await host.readFiles(commit, ['a/b.yaml', 'c', 'a/missing', 'missing/too', '../x']);

      expect([...texts]).toEqual([
        ['a/b.yaml', 'tag: v1\n'],
        ['c', '\ufeffü\r\n'],
      ]);
    });

    test('refuses a file that is not UTF-8, because a write would change it', async () => {
      const { repository, host } = state();
      const commit = repository.commit('main', { latin1: Buffer.from([0x66, 0xfc, 0x72]) });

      await expect(host.readFiles(commit, ['latin1'])).rejects.toMatchObject({ name: 'InvalidInput' });
    });

    test.each([
      ['link', 'a symbolic link'],
      ['folder', 'a folder'],
      ['vendor', 'a submodule'],
    ])('refuses %s instead of following it', async (path, kind) => {
      const { repository, host } = state();
      const link = { mode: '120000', content: '/etc/passwd' } as const;
      const commit = repository.commit('main', { link, 'folder/a': '1', vendor: { submodule: UNKNOWN } });

      await expect(host.readFiles(commit, [path])).rejects.toMatchObject({
        name: 'InvalidInput',
        message: expect.stringContaining(`${path}: is ${kind}`),
      });
    });

    test('finds no file behind a symbolic link', async () => {
      const { repository, host } = state();
      const commit = repository.commit('main', { up: { mode: '120000', content: '.' }, a: '1' });

      expect([...(await host.readFiles(commit, ['up/a', 'up/etc/passwd']))]).toEqual([]);
    });
  });
}

/** Defines the suite of `commit`. */
export function describeCommits(state: State): void {
  describe('commit', () => {
    test('changes only the named files, on top of the parent', async () => {
      const { repository, host } = state();
      const parent = repository.commit('main', {
        'chart/values.yaml': 'tag: v1\n',
        'chart/run.sh': { mode: '100755', content: 'one\n' },
        other: 'untouched',
      });
      const files = [
        { path: 'chart/values.yaml', content: 'tag: v2 # ü\n' },
        { path: 'chart/new/lock.json', content: '{}\n' },
      ];

      const attempt = await host.commit({ branch: 'main', parent, files, message: 'release v2\n\nwith a body' });

      const commit = repository.git('rev-parse', 'main');
      expect(attempt).toEqual({ kind: 'committed', commit });
      expect(repository.git('rev-parse', 'main^')).toBe(parent);
      expect(repository.git('log', '-1', '--format=%B', 'main').trim()).toBe('release v2\n\nwith a body');
      expect(repository.git('diff-tree', '-r', '--name-status', parent, commit)).toBe(
        'A\tchart/new/lock.json\nM\tchart/values.yaml',
      );
      expect(repository.git('show', 'main:chart/values.yaml')).toBe('tag: v2 # ü');
      expect(await host.head('main')).toBe(commit);
    });

    test('writes nothing and returns the new head if the branch moved', async () => {
      const { repository, host } = state();
      const parent = repository.commit('main', { a: '1' });
      const head = repository.commit('main', { a: '2' });

      const attempt = await host.commit({
        branch: 'main',
        parent,
        files: [{ path: 'b', content: '1' }],
        message: 'late',
      });

      expect(attempt).toEqual({ kind: 'moved', head });
      expect(repository.git('rev-parse', 'main')).toBe(head);
    });

    test('lets exactly one of several concurrent attempts win', async () => {
      const { repository, host } = state();
      const parent = repository.commit('main', { a: '1' });
      const attempts = Array.from({ length: 6 }, (_, index) =>
        host.commit({ branch: 'main', parent, files: [{ path: 'a', content: `${index}` }], message: `try ${index}` }),
      );

      const results = await Promise.all(attempts);

      const kinds = results.map((result) => result.kind).sort();
      expect(kinds).toEqual(['committed', 'moved', 'moved', 'moved', 'moved', 'moved']);
      expect(repository.git('rev-list', '--count', 'main')).toBe('2');
    });

    test.each(HOSTILE)('commits to the branch %p', async (branch) => {
      const { repository, host } = state();
      const parent = repository.commit(branch, { a: '1' });

      const attempt = await host.commit({
        branch,
        parent,
        files: [{ path: 'a', content: '2' }],
        message: '-x $(id)',
      });

      expect(attempt).toEqual({ kind: 'committed', commit: repository.git('rev-parse', `refs/heads/${branch}`) });
    });

    test('refuses a branch that does not exist', async () => {
      const { repository, host } = state();
      const parent = repository.commit('main', { a: '1' });
      const proposal = { branch: 'nowhere', parent, files: [{ path: 'a', content: '2' }], message: 'x' };

      await expect(host.commit(proposal)).rejects.toMatchObject({ name: 'GitHostError' });
    });

    test.each(['link', 'folder/x/y', 'sub', 'sub/x', 'a/b', '../a', '/a', '', '.git/config', 'x/.GIT/hooks'])(
      'refuses to write to the invalid path %p',
      async (path) => {
        const { repository, host } = state();
        const parent = repository.commit('main', {
          a: 'a file',
          link: { mode: '120000', content: 'a' },
          'folder/x': { mode: '120000', content: '..' },
          sub: { submodule: UNKNOWN },
        });
        const proposal = { branch: 'main', parent, files: [{ path, content: 'x' }], message: 'x' };

        await expect(host.commit(proposal)).rejects.toMatchObject({ name: 'InvalidInput' });
        expect(repository.git('rev-parse', 'main')).toBe(parent);
      },
    );
  });
}
