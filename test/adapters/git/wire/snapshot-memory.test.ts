import { createBlobMemory } from '../../../../adapters/git/blob-reader';
import {
  commitObject,
  type GitObject,
  type GitObjects,
  objectId,
  treeObject,
} from '../../../../adapters/git/wire/objects';
import { createSnapshotMemory } from '../../../../adapters/git/wire/snapshot';

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
  const objectsOf = (id: string) => {
    fetched.push(id);
    if (fetched.length <= failures) throw new Error('no answer');
    return commits.find((commit) => commit.id === id)?.objects ?? new Map();
  };
  const client = {
    fetch: async ([id = '']: readonly string[]) => objectsOf(id),
    fetchSince: async (id: string) => objectsOf(id),
  };
  const snapshotAt = createSnapshotMemory(client, createBlobMemory());
  return { fetched, snapshotAt };
}

test('a commit is fetched once, even for alternating or concurrent readers', async () => {
  const { fetched, snapshotAt } = makeMemory();

  await Promise.all([snapshotAt(one), snapshotAt(one)]);
  for (const commit of [two, one, two, one]) expect((await snapshotAt(commit)).commit).toBe(commit);

  expect(fetched).toEqual([one, two]);
});

test('the least recently used commit is evicted', async () => {
  const { fetched, snapshotAt } = makeMemory();

  for (const commit of [one, two, three, one, four, one, two]) await snapshotAt(commit);

  expect(fetched).toEqual([one, two, three, four, two]);
});

test('a failed fetch is retried', async () => {
  const { fetched, snapshotAt } = makeMemory(1);

  await expect(snapshotAt(one)).rejects.toThrow('no answer');
  expect((await snapshotAt(one)).commit).toBe(one);

  expect(fetched).toEqual([one, one]);
});

test('a known commit reduces a fetch to the difference, with a full fetch as the fallback', async () => {
  const inner = treeObject([{ mode: '100644', name: 'a', id: '1'.repeat(40) }]);
  const root = treeObject([{ mode: '40000', name: 'folder', id: objectId(inner) }]);
  const made = commitObject({ tree: objectId(root), parent: one, identity: 'a <a>', seconds: 9, message: 'm' });
  const blob = { type: 'blob', content: Buffer.from('x') } as const;
  const whole = [made, root, inner];
  const asked: string[] = [];
  const client = (difference: readonly GitObject[]) => ({
    fetch: async ([id = '']: readonly string[]) => {
      asked.push('whole');
      return id === one ? (commits[0]?.objects ?? new Map()) : mapOf(whole);
    },
    fetchSince: async (_: string, known: readonly string[]) => {
      asked.push(`since ${known.length}`);
      return mapOf(difference);
    },
  });
  for (const difference of [[made, root, inner, blob], [made, root], []]) {
    const blobs = createBlobMemory();
    const snapshotAt = createSnapshotMemory(client(difference), blobs);
    await snapshotAt(one);
    const snapshot = await snapshotAt(objectId(made));

    expect([...snapshot.objects.keys()]).toEqual(whole.map(objectId));
    expect(blobs.get(objectId(blob))?.toString()).toBe(difference.length === 4 ? 'x' : undefined);
  }

  expect(asked).toEqual(['whole', 'since 1', 'whole', 'since 1', 'whole', 'whole', 'since 1', 'whole']);
});

function mapOf(objects: readonly GitObject[]): GitObjects {
  return new Map(objects.map((object) => [objectId(object), object]));
}
