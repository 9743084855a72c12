/** What a source archive may do to a folder, and what not. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { unpackArchive } from '../../../../local/build/unpack-archive';
import { makeSampleSource, SAMPLE_FILES } from './sample-source';

let folder: string;
let target: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unpack-'));
  target = join(folder, 'target');
  mkdirSync(target);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Entry = Parameters<ReturnType<typeof pack>['entry']>[0];

async function archive(...entries: readonly (Entry & { readonly content?: string })[]): Promise<string> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const file = join(folder, 'archive.tar.gz');
  writeFileSync(file, gzipSync(await buffer(tar)));
  return file;
}

describe('unpackArchive', () => {
  test('restores files, modes, links and odd names of a commit', async () => {
    const source = await makeSampleSource();
    try {
      await unpackArchive(source.archive, target);

      for (const [path, content] of Object.entries(SAMPLE_FILES)) {
        if (typeof content === 'string') expect(readFileSync(join(target, path), 'utf8')).toBe(content);
      }
      expect(lstatSync(join(target, 'services/auth/run.sh')).mode & 0o111).toBe(0o111);
      expect(readlinkSync(join(target, 'services/auth/link'))).toBe('main.py');
    } finally {
      source.remove();
    }
  });

  test.each([
    ['a path above the folder', { name: '../outside', content: 'x' }, /'\.\.\/outside' has the part '\.\.'/],
    ['an absolute path', { name: '/outside', content: 'x' }, /no path in a repository/],
    ['a hard link', { name: 'a', type: 'link' as const, linkname: '/etc/passwd' }, /is a link/],
    ['a device', { name: 'a', type: 'character-device' as const }, /is a character-device/],
  ])('refuses %s', async (_what, entry, message) => {
    await expect(unpackArchive(await archive(entry), target)).rejects.toThrow(message);
    expect(existsSync(join(folder, 'outside'))).toBe(false);
  });

  test('writes nothing through a symbolic link of the archive', async () => {
    const file = await archive(
      { name: 'link', type: 'symlink', linkname: folder },
      { name: 'link/outside', content: 'x' },
    );

    await expect(unpackArchive(file, target)).rejects.toThrow(/EEXIST/);

    expect(existsSync(join(folder, 'outside'))).toBe(false);
  });

  test('refuses the same file twice', async () => {
    await expect(unpackArchive(await archive({ name: 'a' }, { name: 'a' }), target)).rejects.toThrow(/EEXIST/);
  });

  test('refuses an archive that is cut off', async () => {
    const file = await archive({ name: 'a', content: 'x'.repeat(100_000) });
    writeFileSync(file, readFileSync(file).subarray(0, -20));
    await expect(unpackArchive(file, target)).rejects.toThrow(/unexpected end of file|Unexpected end of data/i);
  });

  test('refuses a file that is not an archive', async () => {
    writeFileSync(join(folder, 'text'), 'no archive');
    await expect(unpackArchive(join(folder, 'text'), target)).rejects.toThrow(/incorrect header check/);
  });
});
