import * as fc from 'fast-check';
import { branchSlug } from '../../../core/planning/version-rule';

test.each([
  ['feature/co2', 'co2'],
  ['feature/CO2_Tracking', 'co2-tracking'],
  ['feature/team-a/login', 'team-a-login'],
  ['develop', 'develop'],
  ['feature/émission', 'emission'],
  ['feature/--x--', 'x'],
  ['feature/$(rm -rf ~)', 'rm-rf'],
  ['feature/../../etc', 'etc'],
  ['feature/a\nb', 'a-b'],
])('%j gives %s', (branch, slug) => expect(branchSlug(branch)).toBe(slug));

test('branches whose names have no letter keep apart', () => {
  expect(branchSlug('feature/日本')).toMatch(/^branch-[0-9a-f]{8}$/);
  expect(branchSlug('feature/日本')).not.toBe(branchSlug('feature/中国'));
});

test('branches that differ only behind what is cut keep apart', () => {
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
