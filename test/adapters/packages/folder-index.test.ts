import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderIndex, simpleFolder } from '../../../adapters/packages/folder-index';
import { normalizedPackage } from '../../../core/catalog/grammar';
import { packageIndexContract } from '../../contracts/package-index-contract';

const SDIST = { name: 'cloud_adapter-1.0.dev7.tar.gz', bytes: Buffer.from('an sdist') };
const WHEEL = { name: 'cloud_adapter-1.0.dev7-py3-none-any.whl', bytes: Buffer.from('a wheel') };
const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'folder-index-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Returns the address and text of each link of a page. */
function linksIn(page: string): string[][] {
  return [...page.matchAll(/<a href="([^"]*)">([^<]*)<\/a>/g)].map(([, address = '', text = '']) => [address, text]);
}

describe('a package index in a folder', () => {
  packageIndexContract(() => {
    const folder = newFolder();
    return {
      index: createFolderIndex(folder),
      bytesOf: (name, file) =>
        readFile(join(simpleFolder(folder), normalizedPackage(name), file)).catch(() => undefined),
    };
  });

  test('has the pages of PEP 503 with normalized names and digests', async () => {
    const folder = newFolder();
    const index = createFolderIndex(folder);
    await index.add('Cloud_Adapter', '1.0.dev7', SDIST);
    await index.add('aaa', '1', { name: 'aaa-1!2.0+x.tar.gz', bytes: Buffer.from('x') });

    const page = (...path: string[]) => linksIn(readFileSync(join(folder, 'simple', ...path, 'index.html'), 'utf8'));
    const digest = createHash('sha256').update(SDIST.bytes).digest('hex');

    expect(page()).toEqual([
      ['aaa/', 'aaa'],
      ['cloud-adapter/', 'cloud-adapter'],
    ]);
    expect(page('cloud-adapter')).toEqual([[`${SDIST.name}#sha256=${digest}`, SDIST.name]]);
    expect(page('aaa')).toEqual([[expect.stringMatching(/^aaa-1!2\.0%2Bx\.tar\.gz#sha256=/), 'aaa-1!2.0+x.tar.gz']]);
  });

  test('has complete pages after any interleaving of two writers', async () => {
    const folder = newFolder();
    const writers = [createFolderIndex(folder), createFolderIndex(folder)];
    const versions = Array.from({ length: 12 }, (_, number) => `1.0.dev${number}`);

    await Promise.all(
      versions.flatMap((version, number) => [
        writers[number % 2]?.add('lib', version, { name: `lib-${version}.tar.gz`, bytes: Buffer.from('x') }),
        writers[(number + 1) % 2]?.add(`lib${number}`, version, {
          name: `lib${number}-${version}.tar.gz`,
          bytes: Buffer.from('x'),
        }),
      ]),
    );

    const page = (...path: string[]) => linksIn(readFileSync(join(folder, 'simple', ...path, 'index.html'), 'utf8'));
    expect(page('lib').map(([, text]) => text)).toEqual(versions.map((version) => `lib-${version}.tar.gz`).sort());
    expect(page().map(([, text]) => text)).toEqual(['lib', ...versions.map((_, number) => `lib${number}`)].sort());
    expect(readdirSync(join(folder, 'simple/lib')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('ignores a file without a link and links it when it is added again', async () => {
    const folder = newFolder();
    const index = createFolderIndex(folder);
    mkdirSync(join(folder, 'simple/cloud-adapter'), { recursive: true });
    writeFileSync(join(folder, 'simple/cloud-adapter', WHEEL.name), WHEEL.bytes);

    expect(await index.find('cloud_adapter', '.dev7')).toBeUndefined();
    await index.add('cloud_adapter', '1.0.dev7', WHEEL);
    expect(await index.find('cloud_adapter', '.dev7')).toEqual({ version: '1.0.dev7', files: [WHEEL.name] });
  });

  test('finds the complete one of two releases with the same content', async () => {
    const index = createFolderIndex(newFolder());
    await index.add('cloud_adapter', '0.9.dev7', { name: 'cloud_adapter-0.9.dev7.tar.gz', bytes: SDIST.bytes });
    await index.add('cloud_adapter', '1.0.dev7', SDIST);
    await index.add('cloud_adapter', '1.0.dev7', WHEEL);

    expect(await index.find('cloud_adapter', '.dev7')).toMatchObject({ version: '1.0.dev7' });
  });

  test.each(['../evil-1.0.tar.gz', 'index.html', '"><script>-1.0.tar.gz', ''])(
    'takes no file named %j',
    async (name) => {
      const folder = newFolder();
      const adding = createFolderIndex(folder).add('lib', '1.0', { name, bytes: Buffer.from('x') });

      await expect(adding).rejects.toMatchObject({
        name: 'PackageIndexError',
        message: `'${name}' is neither a wheel nor a source distribution, so it cannot be in a package index`,
      });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test('that cannot be read is an error, not an empty index', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'simple'), 'a file where the folder should be');

    await expect(createFolderIndex(folder).find('lib', '.dev7')).rejects.toThrow('ENOTDIR');
  });
});
