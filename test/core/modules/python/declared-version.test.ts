import { declaredVersion, writeVersion } from '../../../../core/modules/python/declared-version';
import { parseModuleVersion, printModuleVersion } from '../../../../core/version/module-version';

type Files = Readonly<Record<string, string>>;
const textOf = (files: Files) => (file: string) => files[file];

/** The declared version as text, `none`, or the problem. */
function read(files: Files): string {
  const found = declaredVersion(textOf(files));
  if (found.kind === 'declared') return printModuleVersion(found.version);
  return found.kind === 'none' ? 'none' : found.problem;
}

const PROJECT =
  '[build-system]\nrequires = ["setuptools"]\n\n[project]\nname = "lib"\ndependencies = [\n  "a",\n]\nversion = "3.0"\n';

const DECLARED: readonly [string, Files, string][] = [
  ['setup.py, a line of its own', { 'setup.py': 'setup(\n    name="lib",\n    version="1.2.3",\n)\n' }, '1.2.3'],
  ['setup.py, one line', { 'setup.py': "setup(name='lib', version='1.2')\n" }, '1.2'],
  [
    'setup.py, past what only looks alike',
    { 'setup.py': "# version='9'\nsetup(python_version='8', version = '1.2')\n" },
    '1.2',
  ],
  ['setup.cfg', { 'setup.cfg': '[metadata]\nname = lib\nversion = 2.0.1\n', 'setup.py': 'setup()\n' }, '2.0.1'],
  ['setup.cfg with a comment', { 'setup.cfg': '[metadata]\n# ours\nversion = 2.0rc1\n[options]\n' }, '2.0rc1'],
  ['pyproject.toml', { 'pyproject.toml': PROJECT }, '3.0'],
  ['pyproject.toml with CRLF', { 'pyproject.toml': PROJECT.replaceAll('\n', '\r\n') }, '3.0'],
  [
    'setup.py before setup.cfg',
    { 'setup.py': "setup(version='1.0')\n", 'setup.cfg': '[metadata]\nversion = 2.0\n' },
    '1.0',
  ],
  ['pyproject.toml before setup.py', { 'pyproject.toml': PROJECT, 'setup.py': "setup(version='1.0')\n" }, '3.0'],
  [
    'no other part of pyproject.toml',
    {
      'pyproject.toml': '[project]\nname = "lib"\ndynamic = ["version"]\n[tool.x]\nversion = "9.9"\n',
      'setup.py': "setup(version='1.0')\n",
    },
    '1.0',
  ],
];

test.each(DECLARED)('the version is that of %s, and a planned one is written there', (_what, files, version) => {
  expect(read(files)).toBe(version);

  const { file, text } = writeVersion('7.8.9.dev5', textOf(files));
  expect(text).toBe((files[file] ?? '').replace(version, '7.8.9.dev5'));
  expect(text).not.toBe(files[file]);
});

test.each<[string, Files, string]>([
  ['no build file', {}, '[metadata]\nversion = 1.0.0\n\n'],
  ['a setup.py without version', { 'setup.py': "setup(name='lib')\n" }, '[metadata]\nversion = 1.0.0\n\n'],
  [
    'a setup.cfg without version',
    { 'setup.cfg': '[metadata]\nname = lib\n[options]\nversion = no\n' },
    '[metadata]\nversion = 1.0.0\nname = lib\n[options]\nversion = no\n',
  ],
  [
    'a setup.cfg without metadata',
    { 'setup.cfg': '[options]\nzip_safe = no\n' },
    '[metadata]\nversion = 1.0.0\n\n[options]\nzip_safe = no\n',
  ],
  ['a setup.cfg that ends early', { 'setup.cfg': '[metadata]' }, '[metadata]\nversion = 1.0.0\n'],
])('%s declares no version, and gets one in setup.cfg', (_what, files, written) => {
  expect(read(files)).toBe('none');
  expect(writeVersion('1.0.0', textOf(files))).toEqual({ file: 'setup.cfg', text: written });
});

test.each<[string, Files]>([
  ['setup.py computes', { 'setup.py': 'setup(version=read_version())\n' }],
  ['setup.cfg computes', { 'setup.cfg': '[metadata]\nversion = attr: lib.VERSION\n' }],
  ['setup.cfg computes', { 'setup.cfg': '[metadata]\nversion = file: VERSION\n' }],
  ['pyproject.toml computes', { 'pyproject.toml': '[project]\nname = "lib"\ndynamic = ["version", "readme"]\n' }],
])('a version that %s is refused, because no build could be given another one', (what, files) => {
  expect(read(files)).toBe(
    `${what} the version, so that no build can be given one; write it there as text, such as version = "1.4.0", or leave it out`,
  );
});

test.each(['1.0.dev5', '1.0+abc', 'v1.0', '1.0-1', '01.2', '', '1.0.post', 'latest'])(
  'a version %j in a build file is refused with the text and what is allowed',
  (version) => {
    expect(parseModuleVersion(version)).toBeUndefined();
    expect(read({ 'setup.py': `setup(version='${version}')` })).toBe(
      `setup.py has the version '${version}'; write one like 1.4.0 or 2.0.0rc1, in the normal form of PEP 440, without .dev or a local part`,
    );
  },
);

test.each([`[project]\n${'a\n'.repeat(50_000)}`, `setup(${'version '.repeat(50_000)}`, '[metadata]\n'.repeat(50_000)])(
  'a long build file is read in linear time',
  (text) => {
    const started = performance.now();
    for (const file of ['pyproject.toml', 'setup.py', 'setup.cfg']) read({ [file]: text });
    expect(performance.now() - started).toBeLessThan(2000);
  },
);
