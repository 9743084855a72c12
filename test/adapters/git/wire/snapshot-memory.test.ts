import { commitObject, type GitObjects, objectId, treeObject } from '../../../../adapters/git/wire/objects';
import { createSnapshotMemory } from '../../../../adapters/git/wire/snapshot-memory';

const tree = treeObject([]);

function commitAt(seconds: number) {
  const object = commitObject({
    tree: objectId(tree),
    parent: '0'.repeat(40),
    identity: 'a <a>',
    seconds,
    message: 'm',
  });
  const objects: GitObjects = new Map([
    [objectId(object), object],
    [objectId(tree), tree],
  ]);
  return { id: objectId(object), objects };
}

const commits = [1, 2, 3, 4].map(commitAt);
const [one, two, three, four] = commits.map(({ id }) => id) as [string, string, string, string];

function makeMemory(failures = 0) {
  const fetched: string[] = [];
  const snapshotAt = createSnapshotMemory({
    fetch: async ([id = '']) => {
      fetched.push(id);
      if (fetched.length <= failures) throw new Error('no answer');
      return commits.find((commit) => commit.id === id)?.objects ?? new Map();
    },
  });
  return { fetched, snapshotAt };
}

test('commits that are looked at by turns are fetched once, also by two at the same time', async () => {
  const { fetched, snapshotAt } = makeMemory();

  await Promise.all([snapshotAt(one), snapshotAt(one)]);
  for (const commit of [two, one, two, one]) expect((await snapshotAt(commit)).commit).toBe(commit);

  expect(fetched).toEqual([one, two]);
});

test('the one that was not looked at for longest is forgotten', async () => {
  const { fetched, snapshotAt } = makeMemory();

  for (const commit of [one, two, three, one, four, one, two]) await snapshotAt(commit);

  expect(fetched).toEqual([one, two, three, four, two]);
});

test('what could not be had is asked for again', async () => {
  const { fetched, snapshotAt } = makeMemory(1);

  await expect(snapshotAt(one)).rejects.toThrow('no answer');
  expect((await snapshotAt(one)).commit).toBe(one);

  expect(fetched).toEqual([one, one]);
});
