import { createLocalHistory } from '../../../../adapters/git/local/history';
import { InvalidInputError } from '../../../../core/contract/errors';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';

let repository: TestRepository;

beforeEach(() => {
  repository = createRepository();
});

afterEach(() => repository.remove());

const history = () => createLocalHistory(repository.path);

describe('the pushes of a branch', () => {
  test('are its first parents after the start, oldest first', async () => {
    const first = repository.commit('main', { a: '1' }, 'first');
    repository.git('branch', 'side', 'main');
    repository.commit('side', { b: '1' }, 'on the side');
    const second = repository.commit('main', { a: '2' }, 'second\n\nwith a body');
    const tree = repository.git('rev-parse', 'side^{tree}');
    const merge = repository.git('commit-tree', tree, '-p', second, '-p', 'side', '-m', 'Grüße: merge');

    const pushes = await history().pushes(first, merge);

    expect(pushes).toEqual([
      { commit: second, parent: first, time: expect.any(Number), subject: 'second' },
      { commit: merge, parent: second, time: expect.any(Number), subject: 'Grüße: merge' },
    ]);
  });

  test('are none from a commit to itself', async () => {
    const only = repository.commit('main', { a: '1' });

    expect(await history().pushes(only, only)).toEqual([]);
  });

  test('have no parent at the root commit', async () => {
    const first = repository.commit('main', { a: '1' });
    const other = repository.commit('other', { b: '1' });

    expect(await history().pushes(first, other)).toMatchObject([{ commit: other }]);
    expect((await history().pushes(first, other))[0]).not.toHaveProperty('parent');
  });
});

describe('the differences between commits', () => {
  test('have a path, and a mode and id on both sides', async () => {
    const before = repository.commit('main', { keep: 'k', gone: 'g', edit: '1', 'dir/run.sh': 'r', 'a b\n"c"': 'q' });
    const after = repository.commit('main', {
      gone: null,
      edit: '2',
      'dir/run.sh': { mode: '100755', content: 'r' },
      'a b\n"c"': { mode: '120000', content: 'keep' },
      'new/ü': 'n',
    });
    const idOf = (commit: string, path: string) => repository.git('rev-parse', `${commit}:${path}`);

    const [changes = []] = await history().changes([[before, after]]);

    expect([...changes].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      {
        path: 'a b\n"c"',
        before: { mode: '100644', id: idOf(before, 'a b\n"c"') },
        after: { mode: '120000', id: idOf(after, 'a b\n"c"') },
      },
      {
        path: 'dir/run.sh',
        before: { mode: '100644', id: idOf(before, 'dir/run.sh') },
        after: { mode: '100755', id: idOf(after, 'dir/run.sh') },
      },
      {
        path: 'edit',
        before: { mode: '100644', id: idOf(before, 'edit') },
        after: { mode: '100644', id: idOf(after, 'edit') },
      },
      { path: 'gone', before: { mode: '100644', id: idOf(before, 'gone') } },
      { path: 'new/ü', after: { mode: '100644', id: idOf(after, 'new/ü') } },
    ]);
  });

  test('are listed for each pair in order, and are empty for equal commits', async () => {
    const first = repository.commit('main', { a: '1' });
    const second = repository.commit('main', { b: '2' });

    const lists = await history().changes([
      [first, first],
      [second, first],
      [first, second],
      [second, second],
    ]);

    expect(lists.map((changes) => changes.map(({ path, before }) => [path, before === undefined]))).toEqual([
      [],
      [['b', false]],
      [['b', true]],
      [],
    ]);
    expect(await history().changes([])).toEqual([]);
  });

  test('contain a renamed file as removed and added', async () => {
    const before = repository.commit('main', { old: 'the same content' });
    const after = repository.commit('main', { old: null, new: 'the same content' });

    const [changes = []] = await history().changes([[before, after]]);

    expect(changes.map(({ path }) => path).sort()).toEqual(['new', 'old']);
  });

  test('are refused for an invalid commit or repository', async () => {
    const only = repository.commit('main', { a: '1' });

    await expect(history().changes([[only, '0'.repeat(40)]])).rejects.toThrow(/git diff-tree|compared/);
    await expect(history().changes([['--output=/x', only]])).rejects.toThrow(/is not an object id/);
    await expect(createLocalHistory(__dirname).pushes(only, only)).rejects.toThrow(InvalidInputError);
  });
});
