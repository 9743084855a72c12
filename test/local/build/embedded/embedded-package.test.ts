/** Packages made without Python, taken apart again. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { packPackage } from '../../../../local/build/embedded-module-builder';

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

/** Packs the files; gives the version and what lies in `dist`. */
async function packed(files: Readonly<Record<string, string>>, name = 'Shop.Lib') {
  const source = mkdtempSync(join(folder, 'source-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  }
  const dist = mkdtempSync(join(folder, 'dist-'));
  const options = { folder: source, files: Object.keys(files), name, imported: 'lib', suffix: '.dev7' };
  const version = await packPackage(options, dist);
  return { version, dist, files: readdirSync(dist).sort() };
}

function unzipped(file: string): ReadonlyMap<string, Buffer> {
  return new Map(Object.entries(unzipSync(readFileSync(file))).map(([name, bytes]) => [name, Buffer.from(bytes)]));
}

describe('an embedded package', () => {
  test('has a wheel and an sdist, named as real tools name them', async () => {
    const { version, files } = await packed(ROOT_PACKAGE);

    expect(version).toBe('0.1.0.dev7');
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

describe('the version of an embedded package', () => {
  const project =
    '[build-system]\nrequires = ["setuptools"]\n\n[project]\nname = "lib"\ndependencies = [\n  "a",\n]\nversion = "3.0"\n';

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['setup.py, a line of its own', { 'setup.py': 'setup(\n    name="lib",\n    version="1.2.3",\n)\n' }, '1.2.3'],
    ['setup.py, one line', { 'setup.py': "setup(name='lib', version='1.2')\n" }, '1.2'],
    [
      'setup.py, past what only looks alike',
      { 'setup.py': "# version='9'\nsetup(python_version='8', version = '1.2')\n" },
      '1.2',
    ],
    ['setup.cfg', { 'setup.cfg': '[metadata]\nname = lib\nversion = 2.0.1\n', 'setup.py': 'setup()\n' }, '2.0.1'],
    ['pyproject.toml', { 'pyproject.toml': project }, '3.0'],
    ['pyproject.toml with CRLF', { 'pyproject.toml': project.replaceAll('\n', '\r\n') }, '3.0'],
    [
      'setup.py before setup.cfg',
      { 'setup.py': "setup(version='1.0')\n", 'setup.cfg': '[metadata]\nversion = 2.0\n' },
      '1.0',
    ],
    ['pyproject.toml before setup.py', { 'pyproject.toml': project, 'setup.py': "setup(version='1.0')\n" }, '3.0'],
    [
      'no other part of pyproject.toml',
      {
        'pyproject.toml': '[project]\nname = "lib"\ndynamic = ["version"]\n[tool.x]\nversion = "9.9"\n',
        'setup.py': "setup(version='1.0')\n",
      },
      '1.0',
    ],
    ['nothing that is computed', { 'setup.py': 'setup(version=read_version())\n' }, '0.0.0'],
    ['nothing', { 'a.py': '' }, '0.0.0'],
  ])('is that of %s', async (_what, files, version) => {
    expect((await packed(files)).version).toBe(`${version}.dev7`);
  });
});
