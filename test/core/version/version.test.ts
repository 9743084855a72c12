import * as fc from 'fast-check';
import { compareVersions, isVersion, parseVersion, printVersion, type Version } from '../../../core/version/version';

const versions = fc.record<Version>({
  v: fc.boolean(),
  major: fc.nat(999_999),
  minor: fc.nat(999_999),
  patch: fc.nat(999_999),
  suffix: fc.oneof(
    fc.constantFrom('', 'dev', 'dev-2', 'co2', 'hotfix-1', 'dev-chatbot'),
    fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z._-]{0,30}$/),
  ),
});

function order(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left === undefined || right === undefined) throw new Error(`${a} or ${b} is no version`);
  return Math.sign(compareVersions(left, right));
}

test.each([
  'v1.4.0',
  '1.4.0',
  '0.1.0',
  'v1.4.0-dev',
  'v1.4.0-dev-2',
  'v1.3.0-co2',
  'v1.4.0-hotfix-1',
  'v1.3.0-dev-chatbot',
])('%s is a version and keeps its spelling', (text) => {
  const version = parseVersion(text);
  expect(version && printVersion(version)).toBe(text);
});

test.each([
  '',
  'v1',
  'v1.4',
  '1.4.0.0',
  'V1.4.0',
  'v01.4.0',
  'v1.4.0-',
  'v1.4.0--dev',
  'v1.4.0+build',
  'v1.4.0 ',
  'v1.4.0\n',
  'latest',
  'v1.4.0-ü',
  'v1.4.0/x',
  'v1.4.0:x',
])('%j is no version', (text) => expect(isVersion(text)).toBe(false));

test('a version has at most 128 characters, as an image tag', () => {
  expect(isVersion(`v1.4.0-${'a'.repeat(121)}`)).toBe(true);
  expect(isVersion(`v1.4.0-${'a'.repeat(122)}`)).toBe(false);
});

test('development versions come before the final one, hotfixes after it, numbers in order', () => {
  const inOrder = [
    'v1.3.9',
    'v1.4.0-co2',
    'v1.4.0-dev',
    'v1.4.0-dev-2',
    'v1.4.0-dev-10',
    'v1.4.0-dev-12',
    'v1.4.0',
    'v1.4.0-hotfix-1',
    'v1.4.0-hotfix-2',
    'v1.4.1-dev',
    'v1.10.0',
  ];
  for (const [index, earlier] of inOrder.entries()) {
    for (const later of inOrder.slice(index + 1)) {
      expect(`${earlier} ${order(earlier, later)} ${later}`).toBe(`${earlier} -1 ${later}`);
      expect(`${later} ${order(later, earlier)} ${earlier}`).toBe(`${later} 1 ${earlier}`);
    }
  }
});

test.each([
  ['v1.4.0-1', 'v1.4.0-a'],
  ['v1.4.0-dev-2', 'v1.4.0-dev-x'],
  ['v1.4.0-dev-10a', 'v1.4.0-dev-2a'],
  ['v1.4.0-dev-9', 'v1.4.0-dev-10a'],
  ['v1.4.0-dev', 'v1.4.0-dev.1'],
  ['v1.4.0-xhotfix-1', 'v1.4.0'],
  ['v1.4.0-hotfixes', 'v1.4.0'],
  ['v1.4.0', 'v1.4.0-hotfix'],
])('%s comes before %s', (earlier, later) => {
  expect(order(earlier, later)).toBe(-1);
  expect(order(later, earlier)).toBe(1);
});

test('the spelling with v does not count in the order', () => {
  expect(order('v1.4.0', '1.4.0')).toBe(0);
});

test('every version survives printing and reading, and is a legal image tag', () => {
  fc.assert(
    fc.property(versions, (version) => {
      const text = printVersion(version);
      expect(parseVersion(text)).toEqual(version);
      expect(text).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
    }),
  );
});

test('the order is one: opposite the other way round, and transitive', () => {
  fc.assert(
    fc.property(versions, versions, versions, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      const [x, y, z] = [a, b, c].sort(compareVersions);
      if (x === undefined || y === undefined || z === undefined) throw new Error('unreachable');
      expect(compareVersions(x, y)).toBeLessThanOrEqual(0);
      expect(compareVersions(x, z)).toBeLessThanOrEqual(0);
    }),
  );
});
