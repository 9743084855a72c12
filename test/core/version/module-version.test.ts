import * as fc from 'fast-check';
import {
  bumpOf,
  bumpVersion,
  compareModuleVersions,
  type ModuleVersion,
  nextModuleVersion,
  parseModuleVersion,
  printModuleVersion,
} from '../../../core/version/module-version';
import { runs } from '../../support/property-runs';

const number = fc.nat(99);
const version: fc.Arbitrary<ModuleVersion> = fc.record(
  {
    epoch: fc.nat(1),
    release: fc.array(number, { minLength: 1, maxLength: 4 }),
    pre: fc.record({ letter: fc.constantFrom<'a' | 'b' | 'rc'>('a', 'b', 'rc'), number }),
    post: number,
  },
  { requiredKeys: ['epoch', 'release'] },
);
const bump = fc.constantFrom('major' as const, 'minor' as const, 'patch' as const);
const commit = fc.record({
  commit: fc.stringMatching(/^[0-9a-f]{40}$/),
  message: fc.constantFrom(
    'fix: a',
    'feat: b',
    'feat!: c',
    'docs: d',
    'Merge branch x',
    'fix: e\n\nBREAKING CHANGE: f',
  ),
});
const of = (text: string) => parseModuleVersion(text) as ModuleVersion;

/** In the order of PEP 440, as `packaging.version` sorts them. */
const ORDERED = ['0.9', '1.0a1', '1.0a2', '1.0b1', '1.0rc1', '1.0', '1.0.post1', '1.0.1', '1.1', '1.10', '2', '1!0.1'];

describe('the order of module versions', () => {
  test('is that of PEP 440', () => {
    const sorted = [...ORDERED].reverse().sort((a, b) => compareModuleVersions(of(a), of(b)));
    expect(sorted).toEqual(ORDERED);
    expect(compareModuleVersions(of('1.0'), of('1.0.0'))).toBe(0);
  });

  test('is a total order, and a version is printed as it is read', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(parseModuleVersion(printModuleVersion(a))).toEqual(a);
        expect(Math.sign(compareModuleVersions(a, b))).toBe(-Math.sign(compareModuleVersions(b, a)) + 0);
        if (compareModuleVersions(a, b) <= 0 && compareModuleVersions(b, c) <= 0) {
          expect(compareModuleVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

test.each([
  ['feat: add', 'minor'],
  ['feat(lib): add', 'minor'],
  ['Feat: add', 'minor'],
  ['fix: repair', 'patch'],
  ['docs: tell', 'patch'],
  ['repair without a type', 'patch'],
  ['feature: add', 'patch'],
  ['feat add', 'patch'],
  ['', 'patch'],
  ['feat!: remove', 'major'],
  ['fix(lib)!: remove', 'major'],
  ['fix: a\n\nBREAKING CHANGE: b', 'major'],
  ['fix: a\n\nBREAKING-CHANGE: b', 'major'],
  ['fix: a\n\nno BREAKING CHANGE: b', 'patch'],
  ['fix: a\n\nbreaking change: b', 'patch'],
])('the message %j raises the %s', (message, raised) => {
  expect(bumpOf(message)).toBe(raised);
});

test.each([
  ['1.2.3', 'major', '2.0.0'],
  ['1.2.3', 'minor', '1.3.0'],
  ['1.2.3', 'patch', '1.2.4'],
  ['1.2', 'patch', '1.2.1'],
  ['3', 'minor', '3.1.0'],
  ['0.9.9', 'major', '1.0.0'],
  ['1.0.post4', 'patch', '1.0.1'],
  ['2024.1.31.5', 'patch', '2024.1.32'],
  ['2.0.0rc1', 'major', '2.0.0rc2'],
  ['1!1.0', 'minor', '1!1.1.0'],
] as const)('%s with a %s change becomes %s', (before, raised, after) => {
  expect(printModuleVersion(bumpVersion(of(before), raised))).toBe(after);
});

test('every change gives a higher version', () => {
  fc.assert(
    fc.property(version, bump, (before, raised) => {
      expect(compareModuleVersions(bumpVersion(before, raised), before)).toBeGreaterThan(0);
    }),
    { numRuns: runs(200) },
  );
});

describe('the next version of a module', () => {
  const source = 'a'.repeat(40);
  const next = (declared: string | undefined, last: string | undefined, messages: readonly string[] | undefined) =>
    nextModuleVersion({
      declared: declared === undefined ? undefined : of(declared),
      last: last === undefined ? undefined : { version: of(last), source },
      commits: messages?.map((message, at) => ({ commit: String(at).repeat(40), message })),
    });

  test.each([
    ['the first without a declared one', undefined, undefined, [], '0.1.0', 'it has no version yet'],
    ['the first as declared', '1.4.0', undefined, [], '1.4.0', 'its build file declares the version'],
    [
      'one that a person raised',
      '2.0.0',
      '1.4.0',
      ['fix: a'],
      '2.0.0',
      'its build file declares a version after 1.4.0',
    ],
    [
      'the strongest of its commits',
      '1.0.0',
      '1.4.0',
      ['fix: a', 'feat: b', 'docs: c'],
      '1.5.0',
      'it is a minor change after 1.4.0, as commit 11111111 says',
    ],
    ['a patch without a commit of its own', '1.4.0', '1.4.0', [], '1.4.1', 'it is a patch change after 1.4.0'],
    [
      'a major one if the commits cannot be read',
      undefined,
      '1.4.0',
      undefined,
      '2.0.0',
      'it is a major change after 1.4.0: the commits after aaaaaaaa cannot be read',
    ],
  ] as const)('is %s', (_what, declared, last, messages, expected, why) => {
    const found = next(declared, last, messages);
    expect([printModuleVersion(found.version), found.why]).toEqual([expected, why]);
  });

  test('is the same at every reading, always above the last one, and never below what a person declared above it', () => {
    const facts = fc.record({
      declared: fc.option(version, { nil: undefined }),
      last: fc.record({ version, source: fc.constant(source) }),
      commits: fc.option(fc.array(commit, { maxLength: 5 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(facts, (given) => {
        const found = nextModuleVersion(given).version;
        expect(nextModuleVersion(given).version).toEqual(found);
        expect(compareModuleVersions(found, given.last.version)).toBeGreaterThan(0);
        const isRaised = given.declared !== undefined && compareModuleVersions(given.declared, given.last.version) > 0;
        if (isRaised) expect(found).toEqual(given.declared);
      }),
      { numRuns: runs(200) },
    );
  });
});
