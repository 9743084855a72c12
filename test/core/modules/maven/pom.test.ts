import { checkPom, declaredVersion, writeVersion } from '../../../../core/modules/maven/pom';
import { SEMANTIC } from '../../../../core/version/semantic-version';

const NAME = 'com.shop:lib';
const project = (inside: string) =>
  `<?xml version="1.0"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0">${inside}</project>\n`;
const OWN = '<groupId>com.shop</groupId><artifactId>lib</artifactId>';
const PARENT = '<parent><groupId>com.shop</groupId><artifactId>all</artifactId><version>9.0.0</version></parent>';
const textOf = (pom: string | undefined) => (file: string) => (file === 'pom.xml' ? pom : undefined);

/** The declared version as text, `none`, or the problem. */
function read(pom: string | undefined): string {
  const found = declaredVersion(textOf(pom), NAME);
  if (found.kind === 'declared') return SEMANTIC.print(found.version);
  return found.kind === 'none' ? 'none' : found.problem;
}

describe('the version of a module', () => {
  test.each<[string, string, string]>([
    ['its own', `${OWN}<version>1.2.3</version>`, '1.2.3'],
    ['a pre-release', `${OWN}<version> 2.0.0-rc.1 </version><packaging>jar</packaging>`, '2.0.0-rc.1'],
    [
      'after a comment with another',
      `<!-- <version>9.9.9</version> --><name><![CDATA[<version>]]></name>${OWN}<version>1.0.0</version>`,
      '1.0.0',
    ],
    [
      'beside that of a dependency',
      `<dependencies><dependency><version>7.0.0</version></dependency></dependencies><relativePath/>${OWN}<version>1.0.0</version>`,
      '1.0.0',
    ],
    ['inherited from a parent, as is the group', `${PARENT}<artifactId>lib</artifactId>`, 'none'],
    ['missing', OWN, 'none'],
    ['after an attribute that looks like a tag', `<name a="x>y" b='"/'></name>${OWN}<version>1.0.0</version>`, '1.0.0'],
  ])('is read if it is %s', (_what, inside, expected) => {
    expect(read(project(inside))).toBe(expected);
  });

  test.each<[string, string | undefined, string]>([
    ['no POM', undefined, 'has no pom.xml'],
    ['no project', '<x/>', 'no project with an artifactId'],
    ['XML that ends early', '<project><artifactId>lib</artifactId>', 'no project with an artifactId'],
    [
      'a document type, whose entities are never read',
      `<!DOCTYPE project>${project(OWN)}`,
      'no project with an artifactId',
    ],
    ['a comment without an end', project(`${OWN}<!--`), 'no project with an artifactId'],
    ['elements across each other', project('<a><artifactId>lib</a></artifactId>'), 'no project with an artifactId'],
    [
      'another group',
      project('<groupId>org</groupId><artifactId>lib</artifactId>'),
      "declares 'org:lib', but the catalog names 'com.shop:lib'",
    ],
    ['a packaging without a JAR', project(`${OWN}<packaging>pom</packaging>`), "has the packaging 'pom'"],
    [
      'a snapshot',
      project(`${OWN}<version>1.0.0-SNAPSHOT</version>`),
      "has the version '1.0.0-SNAPSHOT'; write one like 1.4.0",
    ],
    ['a property', project(`${OWN}<version>\${revision}</version>`), `has the version '\${revision}'`],
    [
      'a word that Maven puts after the release',
      project(`${OWN}<version>2.0.0-next.1</version>`),
      "has the version '2.0.0-next.1'",
    ],
  ])('is refused with %s', (_what, pom, why) => {
    expect(read(pom)).toContain(why);
  });

  test.each<[string, string]>([
    [`${OWN}<version>1.2.3</version><x/>`, `${OWN}<version>7.0.0</version><x/>`],
    [`${PARENT}<artifactId>lib</artifactId><x/>`, `${PARENT}<artifactId>lib</artifactId><version>7.0.0</version><x/>`],
    [`<!--<version>1</version>-->${OWN}`, `<!--<version>1</version>-->${OWN}<version>7.0.0</version>`],
  ])('is written into %s, and nothing else changes', (before, after) => {
    expect(writeVersion('7.0.0', textOf(project(before)))).toEqual({ file: 'pom.xml', text: project(after) });
  });
});

test('a long text is read in linear time', () => {
  const started = performance.now();
  for (const text of [
    '<'.repeat(100_000),
    '<!--'.repeat(30_000),
    '<a>'.repeat(50_000),
    `<project ${' '.repeat(100_000)}`,
    `<project a="${'>'.repeat(100_000)}`,
    project(`${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}`),
  ])
    expect(read(text)).toContain('no project');
  expect(performance.now() - started).toBeLessThan(2000);
});

test('the POM of a package must be of the wanted package and version', () => {
  const wanted = { package: NAME, version: '1.0.0' };

  expect(() => checkPom(project(`${OWN}<version>1.0.0</version>`), wanted)).not.toThrow();
  for (const [inside, said] of [
    [`${OWN}<version>9.0.0</version>`, 'com.shop:lib:9.0.0'],
    ['<groupId>org</groupId><artifactId>lib</artifactId><version>1.0.0</version>', 'org:lib:1.0.0'],
    [PARENT, 'com.shop:undefined:undefined'],
  ] as const) {
    expect(() => checkPom(project(inside), wanted)).toThrow(
      expect.objectContaining({ name: 'PackageIndexError', message: expect.stringContaining(`says ${said}`) }),
    );
  }
  expect(() => checkPom('nothing', wanted)).toThrow('says no project');
});
