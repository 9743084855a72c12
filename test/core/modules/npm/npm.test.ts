import * as fc from 'fast-check';
import { indexTree } from '../../../../core/input-digest/tree-index';
import { isWholeRelease } from '../../../../core/modules/ecosystem';
import { NPM, tarballName } from '../../../../core/modules/npm/npm';
import { distTag, publishDocument } from '../../../../core/modules/npm/publish-document';
import { contentDigest } from '../../../../core/modules/plan-modules';

const digest = fc.stringMatching(/^[0-9a-f]{40}$/);
const version = fc.constantFrom('0.1.0', '1.2.3', '2.0.0-rc.1');

test('a development version is a semantic version that stands for its content', () => {
  expect(`1.3.0${NPM.versionSuffix('77c3d13c3366'.padEnd(40, 'c'))}`).toBe('1.3.0-dev.131682912711526');
  fc.assert(
    fc.property(digest, digest, fc.constantFrom('0.1.0', '1.2.3'), (one, other, base) => {
      const whole = base + NPM.versionSuffix(one);
      expect(whole).toMatch(/^\d+\.\d+\.\d+-dev\.(0|[1-9]\d*)$/);
      expect(NPM.isDevelopment(whole)).toBe(true);
      expect(NPM.isDevelopment(base)).toBe(false);
      expect(whole.endsWith(NPM.versionSuffix(other))).toBe(one.slice(0, 12) === other.slice(0, 12));
    }),
  );
});

test('the same files as another kind are another content, so that no version means two packages', () => {
  const tree = indexTree([{ path: 'lib/x', mode: '100644', id: 'a'.repeat(40) }]);
  const of = (publish: Parameters<typeof contentDigest>[0]['publish']) => contentDigest({ path: 'lib', publish }, tree);

  expect(of({ kind: 'npm', package: 'lib' })).toMatch(/^[0-9a-f]{40}$/);
  expect(of({ kind: 'npm', package: 'lib' })).not.toBe(of({ package: 'lib' }));
});

describe('the files of a build', () => {
  const wanted = { package: '@shop/lib', version: '1.0.0' };

  test('are one tarball with the name of npm pack', () => {
    expect(NPM.builtPackage(['shop-lib-1.0.0.tgz'], wanted)).toEqual({
      version: '1.0.0',
      tarball: 'shop-lib-1.0.0.tgz',
    });
    expect(isWholeRelease(NPM, ['package.tgz'])).toBe(true);
    expect(isWholeRelease(NPM, [])).toBe(false);
  });

  test.each([
    [[], 'not nothing'],
    [['lib-1.0.0.tgz'], 'not lib-1.0.0.tgz'],
    [['shop-lib-9.0.0.tgz'], 'not shop-lib-9.0.0.tgz'],
    [['shop-lib-1.0.0.tgz', 'x'], 'not shop-lib-1.0.0.tgz, x'],
    [['../shop-lib-1.0.0.tgz'], 'not ../shop-lib-1.0.0.tgz'],
  ])('%j are refused', (files, why) => {
    expect(() => NPM.builtPackage(files, wanted)).toThrow(
      expect.objectContaining({ name: 'PackageIndexError', message: expect.stringContaining(why) }),
    );
  });
});

test.each([
  ['1.0.0', undefined, 'latest'],
  ['1.0.0', '0.9.0', 'latest'],
  ['1.0.0', '1.0.0-rc.1', 'latest'],
  ['1.0.0', '1.1.0-dev.7', 'latest'],
  ['1.0.0', 'unreadable', 'latest'],
  ['1.0.0', '1.0.1', 'earlier'],
  ['1.1.0-dev.7', undefined, 'dev'],
  ['2.0.0-rc.1', '1.0.0', 'next'],
])('%s after the latest %s gets the tag %s', (version, latest, tag) => {
  expect(distTag(version, latest)).toBe(tag);
});

test('the document of an upload has manifest, digests, tag and tarball under the names that npm uses', () => {
  const manifest = { name: '@shop/lib', version: '1.0.0', description: 'ours', bin: 'x' };
  const tarball = Buffer.from('a tarball');
  const document = publishDocument({ manifest, tarball, tag: 'next' }, 'https://registry.example/npm/') as Record<
    string,
    never
  >;

  expect(document).toMatchObject({
    _id: '@shop/lib',
    name: '@shop/lib',
    description: 'ours',
    'dist-tags': { next: '1.0.0' },
  });
  expect(document.versions).toEqual({
    '1.0.0': {
      ...manifest,
      _id: '@shop/lib@1.0.0',
      dist: {
        integrity: 'sha512-/66rIPQC0mxTIVr+G7zGhn/yVrGoqm95T8XcQ++xgCksw1T5z9NWITDJZBfWwJD2T5D21wicFcMZTGAkuKEYAg==',
        shasum: expect.stringMatching(/^[0-9a-f]{40}$/),
        tarball: 'https://registry.example/npm/@shop/lib/-/@shop/lib-1.0.0.tgz',
      },
    },
  });
  expect(document._attachments).toEqual({
    '@shop/lib-1.0.0.tgz': { content_type: 'application/octet-stream', data: tarball.toString('base64'), length: 9 },
  });
});

test('the tarball of any version is told from those of other packages', () => {
  fc.assert(
    fc.property(version, (text) => {
      expect(tarballName('@shop/lib', text)).toBe(`shop-lib-${text}.tgz`);
      expect(tarballName('lib', text)).toBe(`lib-${text}.tgz`);
    }),
  );
});
