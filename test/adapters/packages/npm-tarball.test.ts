import { gzipSync } from 'node:zlib';
import { readTarball } from '../../../adapters/packages/npm-tarball';
import { npmPackage, tarballOf } from '../../support/npm/npm-package';

const WANTED = { package: 'lib', version: '1.0.0' };
const MANIFEST = JSON.stringify({ name: 'lib', version: '1.0.0' });

test('the manifest of a tarball is read', async () => {
  expect(await readTarball(await npmPackage('lib', '1.0.0'), WANTED)).toMatchObject({ name: 'lib', main: 'index.js' });
});

test('one deeper in the package is a file like any other', async () => {
  const tarball = await tarballOf([
    ['package/package.json', MANIFEST],
    ['package/test/package.json', '{"name":"fixture"}'],
  ]);

  expect(await readTarball(tarball, WANTED)).toMatchObject({ name: 'lib' });
});

test.each<[string, readonly (readonly [string, string])[], string]>([
  [
    'that is there twice',
    [
      ['package/package.json', MANIFEST],
      ['package/package.json', '{"name":"evil"}'],
    ],
    'has 2 manifests',
  ],
  [
    'of another first folder',
    [
      ['package/package.json', MANIFEST],
      ['other/package.json', '{}'],
    ],
    'has 2 manifests',
  ],
  [
    'of an odd path',
    [
      ['package/package.json', MANIFEST],
      ['package//./package.json', '{}'],
    ],
    'has 2 manifests',
  ],
  [
    'in capitals',
    [
      ['package/package.json', MANIFEST],
      ['package/Package.json', '{}'],
    ],
    'has 2 manifests',
  ],
  [
    'that leads out',
    [
      ['package/package.json', MANIFEST],
      ['package/../package/package.json', '{}'],
    ],
    'a path in it leads out',
  ],
  ['that is missing', [['package/index.js', '']], 'has 0 manifests'],
  ['that is very long', [['package/package.json', ' '.repeat(2 ** 20 + 1)]], 'has more than 1048576 bytes'],
])('a manifest %s is refused, because npm would install another one than was read', async (_what, entries, why) => {
  await expect(readTarball(await tarballOf(entries), WANTED)).rejects.toMatchObject({
    name: 'PackageIndexError',
    message: expect.stringContaining(why),
  });
});

test.each([
  ['no archive', Buffer.from('x')],
  ['an archive that ends early', gzipSync(Buffer.alloc(700, 'x')).subarray(0, 20)],
  ['an archive of something else', gzipSync(Buffer.alloc(700, 'x'))],
  ['nothing', Buffer.alloc(0)],
])('%s is refused', async (_what, bytes) => {
  await expect(readTarball(bytes, WANTED)).rejects.toMatchObject({ name: 'PackageIndexError' });
});
