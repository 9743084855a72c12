import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createFileAtomically, writeFileAtomically } from '../../../adapters/disk/atomic-file';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('folders around a file are made, and nothing else is left in them', async () => {
  const file = join(folder, 'a/b/c.txt');
  await writeFileAtomically(file, 'one');
  await writeFileAtomically(file, 'two');

  expect(await readFile(file, 'utf8')).toBe('two');
  expect(await readdir(join(folder, 'a/b'))).toEqual(['c.txt']);
});

test('a file is created once', async () => {
  const file = join(folder, 'a/b');
  expect(await Promise.all([1, 2, 3].map((n) => createFileAtomically(file, `${n}`)))).toHaveLength(3);
  expect(await createFileAtomically(file, 'late')).toBe(false);
  expect(await readFile(file, 'utf8')).not.toBe('late');
});

test('a file in the way is an error', async () => {
  await writeFile(join(folder, 'a'), '');
  await expect(writeFileAtomically(join(folder, 'a/b/c'), '')).rejects.toThrow(/ENOTDIR/);
});

test('a file system that takes no folders is an error, and not an endless search for one', async () => {
  await expect(writeFileAtomically('/proc/none/a/b', '')).rejects.toThrow(/ENOENT|ENOTDIR|EACCES|EPERM|EROFS/);
});

test('a full disk is an error that names the file, and leaves no part of it', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
  const body = new Readable({ read: () => body.destroy(full) });
  const path = join(folder, 'a');

  await expect(writeFileAtomically(path, body)).rejects.toMatchObject({
    code: 'ENOSPC',
    path,
    message: `ENOSPC: no space left on device, write '${path}'`,
  });
  expect(await readdir(folder)).toEqual([]);
});
