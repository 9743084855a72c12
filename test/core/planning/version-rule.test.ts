import * as fc from 'fast-check';
import {
  branchSlug,
  nextInLine,
  numberInLine,
  pushLine,
  versionInLine,
  versionUnderDevelopment,
} from '../../../core/planning/version-rule';
import type { LockEntry } from '../../../core/version/version-lock';

function locked(version: string): LockEntry {
  return { version, digest: `sha256:${'0'.repeat(64)}`, inputDigest: '0'.repeat(40), source: '0'.repeat(40) };
}

function independent(version: string, lock?: string): string {
  return versionUnderDevelopment(
    { versioning: 'independent', version },
    'v1.4.0',
    lock === undefined ? undefined : locked(lock),
  );
}

test('a platform service is developed towards the platform version, with any lock', () => {
  expect(versionUnderDevelopment({ versioning: 'platform' }, 'v1.4.0', undefined)).toBe('v1.4.0');
  expect(versionUnderDevelopment({ versioning: 'platform' }, 'v1.4.0', locked('v1.3.0-dev-4'))).toBe('v1.4.0');
  expect(versionUnderDevelopment({ versioning: 'platform' }, 'v1.4.0', locked('v1.4.0'))).toBe('v1.4.0');
});

test.each<[string, string | undefined, string, string]>([
  ['v1.3.1', undefined, 'v1.3.1', 'nothing is locked'],
  ['v1.4.0', 'v1.3.1', 'v1.4.0', 'the catalog is ahead of a release'],
  ['v1.4.0', 'v1.3.2-dev-3', 'v1.4.0', 'the catalog is ahead of a development version'],
  ['v1.3.1', 'v1.3.1', 'v1.3.2', 'the version was released'],
  ['v1.3.1', 'v1.3.4', 'v1.3.5', 'the catalog stayed behind'],
  ['v1.3.1', 'v1.3.2-dev-3', 'v1.3.2', 'development of the next patch has begun'],
  ['v1.3.1', 'v1.3.1-dev', 'v1.3.1', 'the version is not out yet'],
  ['v1.3.1', 'v1.3.1-hotfix-2', 'v1.3.2', 'a hotfix fixes a released version'],
  ['0.1.0', '0.1.0', '0.1.1', 'spelled without v'],
])(
  'an independent service with %s in the catalog and %s in the lock is developed towards %s: %s',
  (version, lock, expected) => {
    expect(independent(version, lock)).toBe(expected);
  },
);

test('an independent service without a version starts at the platform version', () => {
  expect(versionUnderDevelopment({ versioning: 'independent' }, 'v1.4.0', undefined)).toBe('v1.4.0');
});

test('branch rules give lines of versions', () => {
  expect(pushLine('{version}-dev', 'v1.4.0', 'develop')).toBe('v1.4.0-dev');
  expect(pushLine('{version}-{slug}', 'v1.4.0', 'feature/co2')).toBe('v1.4.0-co2');
  expect(pushLine('{version}-dev', '0.1.0', 'develop')).toBe('0.1.0-dev');
});

test('a pattern that makes no version is refused with the pattern and an example', () => {
  expect(() => pushLine('build-{version}', 'v1.4.0', 'develop')).toThrow(
    /'build-\{version\}' makes 'build-v1\.4\.0'.*\{version\}-dev/,
  );
  expect(() => pushLine(`{version}-${'x'.repeat(118)}`, 'v1.4.0', 'develop')).toThrow('128 characters');
});

test('the first version of a line has no number, the second has 2', () => {
  expect(versionInLine('v1.4.0-dev', 1)).toBe('v1.4.0-dev');
  expect(versionInLine('v1.4.0-dev', 2)).toBe('v1.4.0-dev-2');
  for (const number of [1, 2, 10, 9_999])
    expect(numberInLine('v1.4.0-dev', versionInLine('v1.4.0-dev', number))).toBe(number);
});

test.each([
  'v1.4.0',
  'v1.4.0-dev-1',
  'v1.4.0-dev-02',
  'v1.4.0-dev-chatbot',
  'v1.4.0-dev-2-2',
  'v1.4.0-dev-2x',
  'v1.3.0-dev',
  'v1.4.0-development',
])('%s is not of the line v1.4.0-dev', (version) => expect(numberInLine('v1.4.0-dev', version)).toBeUndefined());

test('a service continues its line after the number in the lock', () => {
  expect(nextInLine('v1.4.0-dev', undefined)).toEqual({ kind: 'next', line: 'v1.4.0-dev', after: 0 });
  expect(nextInLine('v1.4.0-dev', locked('v1.3.0-dev-4'))).toEqual({ kind: 'next', line: 'v1.4.0-dev', after: 0 });
  expect(nextInLine('v1.4.0-dev', locked('v1.4.0-dev'))).toEqual({ kind: 'next', line: 'v1.4.0-dev', after: 1 });
  expect(nextInLine('v1.4.0-dev', locked('v1.4.0-dev-5'))).toEqual({ kind: 'next', line: 'v1.4.0-dev', after: 5 });
});

test.each([
  ['feature/co2', 'co2'],
  ['feature/CO2_Tracking', 'co2-tracking'],
  ['feature/team-a/login', 'team-a-login'],
  ['develop', 'develop'],
  [`feature/${'a'.repeat(40)}`, 'a'.repeat(40)],
  ['feature/émission', 'emission'],
  ['feature/--x--', 'x'],
  ['feature/$(rm -rf ~)', 'rm-rf'],
  ['feature/../../etc', 'etc'],
  ['feature/a\nb', 'a-b'],
])('%j gives %s', (branch, slug) => expect(branchSlug(branch)).toBe(slug));

test('branches without letters have different names', () => {
  expect(branchSlug('feature/日本')).toMatch(/^branch-[0-9a-f]{8}$/);
  expect(branchSlug('feature/日本')).not.toBe(branchSlug('feature/中国'));
});

test('branches that differ only in the cut part have different names', () => {
  const [a, b] = ['a', 'b'].map((end) => branchSlug(`feature/${'long-name-'.repeat(6)}${end}`));
  expect(a).toMatch(/^long-name-long-name-long-name-l-[0-9a-f]{8}$/);
  expect(a).not.toBe(b);
});

test('every branch gives 1 to 40 lower case letters, digits and dashes, none at the ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (branch) => {
      const slug = branchSlug(branch);
      expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(slug.length).toBeLessThanOrEqual(40);
    }),
  );
});
