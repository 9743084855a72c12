import * as fc from 'fast-check';
import { compareModuleVersions, type ModuleVersion, nextModuleVersion } from '../../../core/version/module-version';
import { SEMANTIC } from '../../../core/version/semantic-version';

/** https://semver.org/#spec-item-11, without what no release can raise. */
const ORDERED = [
  '0.1.0',
  '1.0.0-alpha.1',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.1',
  '1.2.0',
  '10.0.0',
];
const of = (text: string) => SEMANTIC.parse(text) as ModuleVersion;
const number = fc.nat(1e6);
const anyVersion = fc
  .record({
    numbers: fc.tuple(number, number, number),
    pre: fc.option(fc.tuple(fc.constantFrom('rc', 'beta', 'next'), number)),
  })
  .map(({ numbers, pre }) => numbers.join('.') + (pre === null ? '' : `-${pre.join('.')}`));

test('versions have the order of semver.org', () => {
  const sorted = [...ORDERED].reverse().sort((a, b) => compareModuleVersions(of(a), of(b)));

  expect(sorted).toEqual(ORDERED);
});

test('a version is printed as it was written', () => {
  fc.assert(fc.property(anyVersion, (text) => expect(SEMANTIC.print(of(text))).toBe(text)));
});

test.each([
  '1',
  '1.2',
  '01.2.3',
  '1.2.3.4',
  'v1.2.3',
  '1.2.3-rc',
  '1.2.3-1',
  '1.2.3-rc.01',
  '1.2.3-RC.1',
  '1.2.3+build',
  '1.2.3-dev.7',
  '1.2.3rc1',
  '',
])('%j is no version that a module may declare', (text) => {
  expect(SEMANTIC.parse(text)).toBeUndefined();
});

test.each([
  ['1.2.3', 'fix: a', '1.2.4'],
  ['1.2.3', 'feat: a', '1.3.0'],
  ['1.2.3', 'feat!: a', '2.0.0'],
  ['2.0.0-rc.1', 'feat!: a', '2.0.0-rc.2'],
])('after %s the change %j gives %s', (before, message, after) => {
  const last = { version: of(before), source: 'a'.repeat(40) };
  const commits = [{ commit: 'b'.repeat(40), message }];
  const { version, why } = nextModuleVersion({ declared: undefined, last, commits }, SEMANTIC);

  expect(SEMANTIC.print(version)).toBe(after);
  expect(why).toContain(`after ${before}`);
});
