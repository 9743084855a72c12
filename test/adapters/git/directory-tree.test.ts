import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobId, readDirectoryBlobs, readDirectoryTree } from '../../../adapters/git/tree';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'directory-tree-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a blob has the same id as in git', () => {
  expect(blobId(Buffer.from('hello\n'))).toBe('ce013625030ba8dba906f756967f9e9ca394464a');
  expect(blobId(Buffer.alloc(0))).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
});

test('files and links are listed with git modes, sorted by bytes, without following links', async () => {
  mkdirSync(join(folder, 'b'));
  writeFileSync(join(folder, 'b', 'c'), 'x');
  writeFileSync(join(folder, 'b-c'), 'x');
  writeFileSync(join(folder, 'run'), 'x');
  chmodSync(join(folder, 'run'), 0o755);
  symlinkSync('b', join(folder, 'link'));
  symlinkSync('/nowhere', join(folder, 'dangling'));

  const tree = await readDirectoryTree(folder);

  const id = blobId(Buffer.from('x'));
  expect(tree).toEqual([
    { path: 'b-c', mode: '100644', id },
    { path: 'b/c', mode: '100644', id },
    { path: 'dangling', mode: '120000', id: blobId(Buffer.from('/nowhere')) },
    { path: 'link', mode: '120000', id: blobId(Buffer.from('b')) },
    { path: 'run', mode: '100755', id },
  ]);
});

test('an empty folder is listed as a submodule without a known commit', async () => {
  mkdirSync(join(folder, 'vendor', 'lib'), { recursive: true });

  expect(await readDirectoryTree(folder)).toEqual([{ path: 'vendor/lib', mode: '160000', id: '0'.repeat(40) }]);
});

test('a large file is hashed in chunks', async () => {
  const content = Buffer.alloc(17 * 1024 * 1024, 'large');
  writeFileSync(join(folder, 'large'), content);

  expect((await readDirectoryTree(folder))[0]?.id).toBe(blobId(content));
});

test('contents are read by id; the content of a link is its target', async () => {
  writeFileSync(join(folder, 'a'), 'content');
  symlinkSync('a', join(folder, 'link'));
  const tree = await readDirectoryTree(folder);

  const blobs = await readDirectoryBlobs(
    folder,
    tree,
    tree.map((entry) => entry.id),
  );

  expect(tree.map((entry) => blobs.get(entry.id)?.toString())).toEqual(['content', 'a']);
});

test('an unknown id, a changed file, a missing folder and a pipe are errors', async () => {
  writeFileSync(join(folder, 'a'), 'before');
  const tree = await readDirectoryTree(folder);
  writeFileSync(join(folder, 'a'), 'after');
  const ids = tree.map((entry) => entry.id);

  await expect(readDirectoryBlobs(folder, tree, ['f'.repeat(40)])).rejects.toMatchObject({ name: 'GitHostError' });
  await expect(readDirectoryBlobs(folder, tree, ids)).rejects.toMatchObject({ name: 'GitHostError' });
  await expect(readDirectoryTree(join(folder, 'nothing'))).rejects.toMatchObject({ name: 'GitHostError' });
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await expect(readDirectoryTree(folder)).rejects.toMatchObject({ name: 'GitHostError' });
});
