import * as fc from 'fast-check';
import { isWholeRelease } from '../../../../core/modules/ecosystem';
import { MAVEN, packagePath } from '../../../../core/modules/maven/maven';
import { printMetadata } from '../../../../core/modules/maven/metadata';

const digest = fc.stringMatching(/^[0-9a-f]{40}$/);

test('a development version stands for its content, and Maven puts it before the release', () => {
  // By `org.apache.maven.artifact.versioning.ComparableVersion` of Maven 3.8.7: 1.3.0-alpha-dev.5 < 1.3.0 < 1.3.0-dev.5.
  expect(`1.3.0${MAVEN.versionSuffix('0123456789ab'.padEnd(40, 'c'))}`).toBe('1.3.0-alpha-dev.1250999896491');
  fc.assert(
    fc.property(digest, digest, (one, other) => {
      const whole = `1.3.0${MAVEN.versionSuffix(one)}`;
      expect(MAVEN.isDevelopment(whole)).toBe(true);
      expect(MAVEN.grammar.parse(whole)).toBeUndefined();
      expect(whole.endsWith(MAVEN.versionSuffix(other))).toBe(one.slice(0, 12) === other.slice(0, 12));
    }),
  );
  expect(MAVEN.isDevelopment('1.3.0-alpha.1')).toBe(false);
});

test('a package has its place in a repository, and its name among the claims', () => {
  expect(packagePath('com.shop.team:ui-kit')).toBe('com/shop/team/ui-kit');
  expect(MAVEN.claimName('com.shop:ui-kit')).toBe('maven-package/com.shop/ui-kit');
});

describe('the files of a build', () => {
  const wanted = { package: 'com.shop:lib', version: '1.0.0' };
  const FILES = ['lib-1.0.0.jar', 'lib-1.0.0.pom'];

  test('are the JAR and its POM', () => {
    expect(MAVEN.builtPackage(FILES, wanted)).toEqual({ version: '1.0.0', jar: FILES[0], pom: FILES[1] });
    expect(isWholeRelease(MAVEN, FILES)).toBe(true);
    expect(isWholeRelease(MAVEN, ['lib-1.0.0.jar'])).toBe(false);
  });

  test.each([
    [[]],
    [['lib-1.0.0.jar']],
    [['lib-9.0.0.jar', 'lib-9.0.0.pom']],
    [['other-1.0.0.jar', 'lib-1.0.0.pom']],
    [[...FILES, 'lib-1.0.0-sources.jar']],
  ])('%j are refused', (files) => {
    expect(() => MAVEN.builtPackage(files, wanted)).toThrow(expect.objectContaining({ name: 'PackageIndexError' }));
  });
});

test.each<[readonly string[], string | undefined]>([
  [['1.0.0', '1.10.0', '1.2.0', '2.0.0-alpha-dev.7'], '1.10.0'],
  [['1.0.0', '2.0.0-rc.1'], '2.0.0-rc.1'],
  [['1.0.0-alpha-dev.7'], undefined],
])('the metadata of %j name %s as the latest, never a development version', (versions, latest) => {
  const text = printMetadata('com.shop:lib', versions);

  expect(text).toContain('<groupId>com.shop</groupId>\n  <artifactId>lib</artifactId>');
  expect(/<latest>(.*)<\/latest>/.exec(text)?.[1]).toBe(latest);
  expect([...text.matchAll(/<version>(.*)<\/version>/g)].map(([, version]) => version)).toEqual(versions);
});
