import fc from 'fast-check';
import { commitObject, objectId, parseTreeObject, treeObject } from '../../../../adapters/git/wire/objects';
import { applyDelta, readPack, writePack } from '../../../../adapters/git/wire/pack';
import { createRepository, execGit, type TestRepository } from '../../../support/git/git-repository';

describe('a pack of git', () => {
  let repository: TestRepository;

  beforeEach(() => {
    repository = createRepository();
  });
  afterEach(() => repository.remove());

  function packOf(ids: readonly string[], ...options: string[]): Buffer {
    const args = ['-C', repository.path, 'pack-objects', '--stdout', '--quiet', ...options];
    return execGit(args, ids.join('\n'));
  }

  test.each([
    ['offset deltas', ['--delta-base-offset']],
    ['deltas by id', []],
    ['whole objects', ['--depth=0']],
  ])('is read with %s', (_, options) => {
    const text = Array.from({ length: 3000 }, (_, line) => `line ${line} of a text that changes little\n`);
    for (let version = 0; version < 12; version += 1) {
      text[version * 200] = `version ${version}\n`;
      repository.commit('main', { 'folder/text': text.join(''), [`new${version}`]: `${version}`, empty: '' });
    }
    repository.git('tag', '-a', '-m', 'a tag', 'v1', 'main');
    const listed = repository.git('rev-list', '--objects', '--no-object-names', '--all').split('\n');

    const objects = readPack(packOf(listed, ...options));

    expect([...objects.keys()].sort()).toEqual(listed.sort());
    const types = new Set([...objects.values()].map(({ type }) => type));
    expect(types).toEqual(new Set(['commit', 'tree', 'blob', 'tag']));
  });

  test('with external bases is read as far as the bases are known', () => {
    const text = Array.from({ length: 3000 }, (_, line) => `line ${line} of a text that changes little\n`);
    const first = repository.commit('main', { text: text.join(''), other: '1' });
    text[7] = 'another line\n';
    const second = repository.commit('main', { text: text.join(''), other: '2' });
    const args = ['-C', repository.path, 'pack-objects', '--stdout', '--quiet', '--revs', '--thin'];
    const input = `${second}\n^${first}\n`;
    const pack = execGit(args, input);
    const base = repository.git('rev-parse', `${first}:text`);
    const content = execGit(['-C', repository.path, 'cat-file', 'blob', base]);
    const changed = repository.git('rev-parse', `${second}:text`);

    expect(() => readPack(pack)).toThrow('the base of an object is not in it');
    const known = readPack(pack, (id) => (id === base ? { type: 'blob', content } : undefined));
    expect(known.get(changed)?.content.toString()).toBe(text.join(''));
    const unknown = readPack(pack, () => undefined);
    expect(unknown.has(changed)).toBe(false);
    expect(unknown.has(second)).toBe(true);
  });

  test('that we write is readable by git and has identical objects', () => {
    const parent = repository.commit('main', { a: '1' });
    const blob = { type: 'blob', content: Buffer.alloc(100_000, 'large ') } as const;
    const tree = treeObject([
      { mode: '40000', name: 'b', id: repository.git('rev-parse', `${parent}^{tree}`) },
      { mode: '100755', name: 'b-c', id: objectId(blob) },
    ]);
    const identity = 'Ada <ada@example.com>';
    const commit = commitObject({ tree: objectId(tree), parent, identity, seconds: 1_760_000_000, message: 'ü\n' });
    const pack = writePack([blob, tree, commit]);

    execGit(['-C', repository.path, 'unpack-objects', '-q', '--strict'], pack);

    expect(repository.git('cat-file', '-t', objectId(commit))).toBe('commit');
    expect(repository.git('fsck', '--strict', '--no-dangling')).toBe('');
    expect(repository.git('ls-tree', '--name-only', objectId(commit))).toBe('b-c\nb');
  });

  test('is refused if any byte is changed or the end is missing', () => {
    repository.commit('main', { a: 'x'.repeat(2000), b: 'y' });
    const pack = packOf(repository.git('rev-list', '--objects', '--no-object-names', '--all').split('\n'));

    fc.assert(
      fc.property(fc.nat(pack.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(pack);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(() => readPack(damaged)).toThrow(/damaged/);
        expect(() => readPack(pack.subarray(0, at))).toThrow(/damaged/);
      }),
    );
  });
});

test('objects with any content survive writing and reading', () => {
  const object = fc.record({
    type: fc.constantFrom('commit' as const, 'tree' as const, 'blob' as const, 'tag' as const),
    content: fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(fc.array(object, { maxLength: 20 }), (objects) => {
      const read = readPack(writePack(objects));
      expect(objects.every((each) => read.get(objectId(each))?.content.equals(each.content))).toBe(true);
    }),
  );
});

test('trees with any names survive parsing and writing', () => {
  const line = fc.record({
    mode: fc.constantFrom('100644', '100755', '120000', '160000', '40000'),
    name: fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .map((bytes) => Buffer.from(bytes).toString('latin1').replace(/[\0/]/g, 'x')),
    id: fc.stringMatching(/^[0-9a-f]{40}$/),
  });
  fc.assert(
    fc.property(fc.uniqueArray(line, { selector: ({ name }) => name }), (lines) => {
      const tree = treeObject(lines);
      expect(new Set(parseTreeObject(tree.content).map((each) => JSON.stringify(each)))).toEqual(
        new Set(lines.map(({ mode, name, id }) => JSON.stringify({ mode, name, id }))),
      );
      expect(treeObject(parseTreeObject(tree.content)).content.equals(tree.content)).toBe(true);
    }),
  );
});

test('a delta that exceeds its base or ends early is refused', () => {
  const base = Buffer.from('0123456789');

  expect(applyDelta(base, Buffer.from([10, 3, 0x91, 2, 3])).toString()).toBe('234');
  expect(applyDelta(base, Buffer.from([10, 2, 2, 65, 66])).toString()).toBe('AB');
  const damaged = [
    [9, 3, 0x91, 2, 3],
    [10, 3, 0x91, 8, 3],
    [10, 3, 0x91, 2],
    [10, 4, 0x91, 2, 3],
    [10, 3, 0],
    [10, 2, 2, 65],
    [],
  ];
  for (const bytes of damaged) expect(() => applyDelta(base, Buffer.from(bytes))).toThrow(/damaged/);
});
