import { GO } from '../../../../core/modules/go/go';
import { reportedPackages } from '../../../../core/modules/reported-packages';

const NAME = 'github.com/shop/mono/tools/greet';
const MODULE = {
  name: 'greet',
  kind: 'go',
  package: NAME,
  contentDigest: 'd'.repeat(40),
  stage: 's',
  minutes: 1,
} as const;

test('a build leaves the go.mod of its version alone', () => {
  const wanted = { package: NAME, version: '1.3.0' };

  expect(GO.builtPackage(['v1.3.0.mod'], wanted)).toEqual({ version: '1.3.0', mod: 'v1.3.0.mod' });
  expect(() => GO.builtPackage(['v1.2.0.mod'], wanted)).toThrow('must leave v1.3.0.mod alone, not v1.2.0.mod');
  expect(() => GO.builtPackage([], wanted)).toThrow('not nothing');
});

test('a report lists released versions as go get takes them, and no content that was only tested', () => {
  const modules = [
    { ...MODULE, action: 'keep', version: '1.3.0', reasons: [] },
    { ...MODULE, action: 'keep', version: `1.4.0${GO.versionSuffix('a'.repeat(40))}`, reasons: [] },
  ] as const;

  expect(reportedPackages(modules, [])).toEqual([
    { module: 'greet', kind: 'go', package: NAME, version: '1.3.0', isNew: false },
  ]);
  expect(GO.requirement(NAME, '1.3.0')).toBe(`${NAME}@v1.3.0`);
});
