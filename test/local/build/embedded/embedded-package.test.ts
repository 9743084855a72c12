/** Packages made without Python, taken apart again. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { packModule } from '../../../../local/build/modules/pack-module';

const ROOT_PACKAGE = {
  '__init__.py': '',
  'client.py': 'NAME = 1\n',
  'deep/er.py': 'x = 1\n',
  'data/a "b", c.txt': 'odd\n',
  'setup.py': "setup(name='x',\n    version='0.1.0',\n)\n",
  'README.md': '# lib\n',
  'test-requirements.txt': 'pytest\n',
  'tests/test_lib.py': 'assert True\n',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-package-'));
  mkdirSync(join(folder, 'dist'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Packs the files; gives what is in `dist`. */
async function packed(files: Readonly<Record<string, string>>, name = 'Shop.Lib') {
  const source = mkdtempSync(join(folder, 'source-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  }
  const dist = mkdtempSync(join(folder, 'dist-'));
  const options = { folder: source, files: Object.keys(files), name, imported: 'lib', version: '0.1.0.dev7' };
  await packModule('python', options, dist);
  return { dist, files: readdirSync(dist).sort() };
}

function unzipped(file: string): ReadonlyMap<string, Buffer> {
  return new Map(Object.entries(unzipSync(readFileSync(file))).map(([name, bytes]) => [name, Buffer.from(bytes)]));
}

describe('an embedded package', () => {
  test('has a wheel and an sdist, named as real tools name them', async () => {
    const { files } = await packed(ROOT_PACKAGE);

    expect(files).toEqual(['shop_lib-0.1.0.dev7-py3-none-any.whl', 'shop_lib-0.1.0.dev7.tar.gz']);
  });

  test('has only importable files in its wheel', async () => {
    const { dist, files } = await packed(ROOT_PACKAGE);
    const wheel = unzipped(join(dist, files[0] ?? ''));

    expect([...wheel.keys()].filter((name) => !name.includes('.dist-info/')).sort()).toEqual([
      'lib/__init__.py',
      'lib/client.py',
      'lib/data/a "b", c.txt',
      'lib/deep/er.py',
    ]);
    expect(wheel.get('shop_lib-0.1.0.dev7.dist-info/METADATA')?.toString()).toBe(
      'Metadata-Version: 2.1\nName: Shop.Lib\nVersion: 0.1.0.dev7\n',
    );
    expect(wheel.get('shop_lib-0.1.0.dev7.dist-info/WHEEL')?.toString()).toContain('Tag: py3-none-any\n');
  });

  test('records every file of its wheel with digest and size, itself without', async () => {
    const { dist, files } = await packed(ROOT_PACKAGE);
    const wheel = unzipped(join(dist, files[0] ?? ''));
    const record = 'shop_lib-0.1.0.dev7.dist-info/RECORD';
    const lines = [...wheel].map(([name, bytes]) => {
      const digest = createHash('sha256').update(bytes).digest('base64url');
      const quoted = name.includes('"') ? `"${name.replaceAll('"', '""')}"` : name;
      return name === record ? `${record},,` : `${quoted},sha256=${digest},${bytes.length}`;
    });

    expect(wheel.get(record)?.toString().trim().split('\n').sort()).toEqual(lines.sort());
    expect(lines).toContainEqual(expect.stringMatching(/^"lib\/data\/a ""b"", c\.txt",sha256=/));
  });

  test('has all files and the metadata in its sdist', async () => {
    const { dist, files } = await packed(ROOT_PACKAGE);
    execFileSync('tar', ['-xzf', join(dist, files[1] ?? ''), '-C', dist]);
    const top = join(dist, 'shop_lib-0.1.0.dev7');

    for (const [path, text] of Object.entries(ROOT_PACKAGE)) expect(readFileSync(join(top, path), 'utf8')).toBe(text);
    expect(readFileSync(join(top, 'PKG-INFO'), 'utf8')).toContain('Version: 0.1.0.dev7');
  });

  test.each([
    ['packages in the folder', { 'lib/__init__.py': '', 'lib/a.py': '', 'setup.py': '' }],
    ['packages in src', { 'src/lib/__init__.py': '', 'src/lib/a.py': '', 'setup.py': '' }],
  ])('installs %s under their own names', async (_what, sources) => {
    const { dist, files } = await packed(sources);
    const wheel = unzipped(join(dist, files[0] ?? ''));

    expect([...wheel.keys()].filter((name) => !name.includes('.dist-info/'))).toEqual(['lib/__init__.py', 'lib/a.py']);
  });

  test('has the same bytes for the same files', async () => {
    const first = await packed(ROOT_PACKAGE);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const second = await packed(ROOT_PACKAGE);

    for (const file of first.files) {
      expect(readFileSync(join(second.dist, file))).toEqual(readFileSync(join(first.dist, file)));
    }
  });
});
