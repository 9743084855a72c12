import fc from 'fast-check';
import {
  finalVersionOf,
  lateText,
  lateWarnings,
  nextMinor,
  nextPatch,
  ruledVersion,
  showsRelease,
} from '../../../core/planning/version-order';
import { compareVersions, parseVersion, printVersion, type Version } from '../../../core/version/version';
import { runs } from '../../support/property-runs';

const number = fc.integer({ min: 0, max: 999 });
const versions = fc.record({
  v: fc.boolean(),
  major: number,
  minor: number,
  patch: number,
  suffix: fc.constantFrom('', 'dev', 'dev-2', 'co2', 'hotfix-1', 'rc-1'),
});

function parsed(text: string): Version {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`'${text}' is no version`);
  return version;
}

test.each<[string, string | undefined]>([
  ['v0.1.0-dev', 'v0.1.0'],
  ['0.1.0-rc-2', '0.1.0'],
  ['v0.1.0', undefined],
  ['v0.1.0-hotfix-1', undefined],
  ['latest', undefined],
])('the development version %s leads to %s', (version, final) => {
  expect(finalVersionOf(version)).toBe(final);
});

test('a development version always sorts before the version that it leads to', () => {
  fc.assert(
    fc.property(versions, (version) => {
      const final = finalVersionOf(printVersion(version));
      if (final !== undefined) expect(compareVersions(version, parsed(final))).toBeLessThan(0);
    }),
    { numRuns: runs(500) },
  );
});

test.each<[string | undefined, boolean]>([
  ['v0.1.0', true],
  ['0.1.0', true],
  ['v0.1.0-hotfix-3', true],
  ['v0.1.0-dev-3', false],
  ['v0.2.0', false],
  ['something', false],
  [undefined, false],
])('a service recorded at %s shows that v0.1.0 is out: %s', (recorded, isOut) => {
  expect(showsRelease(recorded, 'v0.1.0')).toBe(isOut);
});

test('the proposed version comes after the catalog and after every release', () => {
  fc.assert(
    fc.property(versions, fc.array(versions), (version, others) => {
      const next = parsed(nextMinor(printVersion(version), others.map(printVersion)));
      expect(next).toMatchObject({ v: version.v, patch: 0, suffix: '' });
      for (const each of [version, ...others]) expect(compareVersions(next, each)).toBeGreaterThan(0);
    }),
    { numRuns: runs(500) },
  );
});

test('the next patch comes after its version', () => {
  fc.assert(
    fc.property(versions, (version) => {
      expect(compareVersions(parsed(nextPatch(printVersion(version))), version)).toBeGreaterThan(0);
    }),
    { numRuns: runs(200) },
  );
});

test('a late version is named with the first services and the number of the others', () => {
  const late = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((service) => ({
    service,
    version: 'v0.1.0-dev',
    final: 'v0.1.0',
  }));
  expect(lateText(late)).toBe('v0.1.0 of a, b, c, d, e and 2 more is released already, and v0.1.0-dev sorts before it');
  expect(lateText([])).toBe('');
});

test('each warning names the line of the catalog to write', () => {
  const late = [
    { service: 'auth', version: 'v0.1.0-dev', final: 'v0.1.0' },
    { service: 'etcd', version: 'v3.5.0-dev', final: 'v3.5.0' },
  ];
  const catalog = {
    platformVersion: 'v0.1.0',
    services: [
      { name: 'auth', versioning: 'platform' as const },
      { name: 'etcd', versioning: 'independent' as const },
    ],
  };
  expect(lateWarnings(late, catalog, 'pipeline.yaml', 'v0.2.0')).toEqual([
    'v0.1.0 of auth is released already, and v0.1.0-dev sorts before it; write `platform: v0.2.0` instead of v0.1.0 into pipeline.yaml',
    'v3.5.0 of etcd is released already, and v3.5.0-dev sorts before it; write `version: v3.5.1` at services.etcd of pipeline.yaml',
  ]);
  expect(lateWarnings(late.slice(1), catalog, 'pipeline.yaml', 'v0.2.0')).toHaveLength(1);
});

test('a rule gives a version, the first one of its line, or none', () => {
  expect(ruledVersion({ kind: 'exact', version: 'v0.1.0' })).toBe('v0.1.0');
  expect(ruledVersion({ kind: 'next', line: 'v0.1.0-dev', after: 3 })).toBe('v0.1.0-dev');
  expect(ruledVersion({ kind: 'none' })).toBeUndefined();
});

test('the first minor version comes after texts that are no versions', () => {
  expect(nextMinor('latest', ['stable'])).toBe('v0.1.0');
  expect(nextMinor('latest', ['1.2.3'])).toBe('1.3.0');
});
