import { checkManifest, declaredVersion, hasTestScript, writeVersion } from '../../../../core/modules/npm/manifest';
import { SEMANTIC } from '../../../../core/version/semantic-version';

const NAME = '@shop/lib';
const textOf = (manifest: object | string | undefined) => (file: string) =>
  file !== 'package.json' || manifest === undefined
    ? undefined
    : typeof manifest === 'string'
      ? manifest
      : JSON.stringify(manifest);

/** The declared version as text, `none`, or the problem. */
function read(manifest: object | string | undefined): string {
  const found = declaredVersion(textOf(manifest), NAME);
  if (found.kind === 'declared') return SEMANTIC.print(found.version);
  return found.kind === 'none' ? 'none' : found.problem;
}

describe('the version of a module', () => {
  test.each<[string, object | string, string]>([
    ['declared', { name: NAME, version: '1.2.3' }, '1.2.3'],
    ['declared as a pre-release', { name: NAME, version: '2.0.0-rc.1', private: false }, '2.0.0-rc.1'],
    ['declared after a byte order mark', `\uFEFF{"name": "${NAME}", "version": "1.0.0"}`, '1.0.0'],
    ['not declared', { name: NAME, dependencies: { react: '^19.0.0', other: 'npm:real@1.0.0' } }, 'none'],
  ])('is read if it is %s', (_what, manifest, expected) => {
    expect(read(manifest)).toBe(expected);
  });

  test.each<[string, object | string | undefined, string]>([
    ['no manifest', undefined, 'has no package.json'],
    ['no JSON', '{', 'no JSON map with a name'],
    ['no name', { version: '1.0.0' }, 'no JSON map with a name'],
    ['another name', { name: 'lib' }, "names the package 'lib', but the catalog names '@shop/lib'"],
    ['a private package', { name: NAME, private: true }, 'says "private": true'],
    [
      'a version of another form',
      { name: NAME, version: '1.2' },
      "has the version '1.2'; write one like 1.4.0 or 2.0.0-rc.1",
    ],
    ['a development version', { name: NAME, version: '1.2.3-dev.7' }, "has the version '1.2.3-dev.7'"],
    ['a folder as a dependency', { name: NAME, dependencies: { a: 'file:../a' } }, "depends on a at 'file:../a'"],
    [
      'a workspace as a dependency',
      { name: NAME, peerDependencies: { a: 'workspace:*' } },
      "depends on a at 'workspace:*'",
    ],
    ['a path as a dependency of tests', { name: NAME, devDependencies: { a: '../a' } }, "depends on a at '../a'"],
  ])('is refused with %s', (_what, manifest, why) => {
    expect(read(manifest)).toContain(why);
  });

  test('is refused with all problems at once', () => {
    expect(read({ name: 'lib', private: true, version: 'x', dependencies: { a: 'link:../a' } })).toMatch(
      /^package\.json names .*; it says "private".*; it has the version 'x'.*; it depends on a at 'link:/,
    );
  });

  test('is written in its place, and nothing else changes', () => {
    const manifest = { name: NAME, version: '0.0.1', scripts: { test: 'x' }, custom: { nested: [1] } };
    const { file, text } = writeVersion('1.3.0-dev.7', textOf(manifest));

    expect(file).toBe('package.json');
    expect(JSON.parse(text)).toEqual({ ...manifest, version: '1.3.0-dev.7' });
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(manifest));
    expect(JSON.parse(writeVersion('1.0.0', textOf({ name: NAME })).text)).toEqual({ name: NAME, version: '1.0.0' });
  });
});

test.each<[object | string, boolean]>([
  [{ scripts: { test: 'node --test' } }, true],
  [{ scripts: { test: 'echo "Error: no test specified" && exit 1' } }, false],
  [{ scripts: { build: 'tsc' } }, false],
  [{ scripts: { test: ' ' } }, false],
  [{ scripts: 'x' }, false],
  ['[]', false],
  ['no JSON', false],
])('the manifest %j has tests: %s', (manifest, expected) => {
  expect(hasTestScript(textOf(manifest)('package.json') ?? '')).toBe(expected);
});

describe('the manifest of a tarball', () => {
  const wanted = { package: NAME, version: '1.0.0' };

  test('is returned whole if it is of the wanted package', () => {
    const manifest = { name: NAME, version: '1.0.0', bin: { lib: 'cli.js' } };

    expect(checkManifest(JSON.stringify(manifest), wanted)).toEqual(manifest);
  });

  test.each([
    [{ name: 'react', version: '1.0.0' }, 'says react@1.0.0, but @shop/lib@1.0.0 was planned'],
    [{ name: NAME, version: '9.0.0' }, 'says @shop/lib@9.0.0'],
    [{ name: NAME }, 'says @shop/lib@no version'],
    ['no map', 'says nothing that npm reads'],
  ])('is refused if it is %j', (manifest, why) => {
    expect(() => checkManifest(JSON.stringify(manifest), wanted)).toThrow(
      expect.objectContaining({ name: 'PackageIndexError', message: expect.stringContaining(why) }),
    );
  });
});
