import * as fc from 'fast-check';
import type { BaseDigests } from '../../../core/contract/image';
import { candidateTagFor, contentKeyOf, forcedRebuild, isExpiring } from '../../../core/planning/candidate';

const KEY = 'a'.repeat(40);
const texts = fc.string({ maxLength: 20 });
const bases = fc.dictionary(fc.constantFrom('python:3.12', 'nginx', 'redis:7'), texts) as fc.Arbitrary<BaseDigests>;

test('the candidate of a service is found by its content alone', () => {
  expect(candidateTagFor('auth', KEY)).toBe(`auth.${KEY}`);
});

test('a rebuild of the same content has another tag, which is equal for the same rebuild', () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      expect(candidateTagFor('auth', KEY, one)).toMatch(/^auth\.[0-9a-f]{40}$/);
      expect(candidateTagFor('auth', KEY, one)).not.toBe(candidateTagFor('auth', KEY));
      expect(candidateTagFor('auth', KEY, one) === candidateTagFor('auth', KEY, other)).toBe(one === other);
    }),
  );
});

test('a forced rebuild differs for each version', () => {
  expect(forcedRebuild('v1.4.0')).not.toBe(forcedRebuild('v1.5.0'));
});

test('the key of content without base images is its input digest', () => {
  expect(contentKeyOf(KEY, {})).toBe(KEY);
});

test('base images change the key, in any order', () => {
  fc.assert(
    fc.property(bases, bases, (one, other) => {
      const entries = Object.entries(one);
      const same =
        entries.length === Object.keys(other).length && entries.every(([name, value]) => other[name] === value);
      expect(contentKeyOf(KEY, one) === contentKeyOf(KEY, other)).toBe(same);
      expect(contentKeyOf(KEY, Object.fromEntries(entries.reverse()))).toBe(contentKeyOf(KEY, one));
    }),
  );
});

test('the parts of a key cannot run into each other', () => {
  expect(contentKeyOf(KEY, { a: 'bc' })).not.toBe(contentKeyOf(KEY, { ab: 'c' }));
  expect(contentKeyOf(KEY, { a: 'b', c: 'd' })).not.toBe(contentKeyOf(KEY, { a: 'bcd' }));
});

describe('a candidate', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  const builtDaysAgo = (days: number) => new Date(now - days * 24 * 60 * 60 * 1000).toISOString();

  test.each([
    [11.9, 0, false],
    [12.1, 0, true],
    [4.9, 7 * 24, false],
    [5.1, 7 * 24, true],
  ])(
    'of %d days may expire before a release that waits up to %d hours for its approval: %s',
    (days, hours, expires) => {
      expect(isExpiring(builtDaysAgo(days), now, hours)).toBe(expires);
    },
  );

  test('of unknown age is trusted', () => {
    expect(isExpiring(undefined, now, 7 * 24)).toBe(false);
  });
});
