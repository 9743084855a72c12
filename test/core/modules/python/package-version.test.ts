import * as fc from 'fast-check';
import { normalizedPackage } from '../../../../core/catalog/grammar';
import { PYTHON } from '../../../../core/modules/python/python';

const { isDevelopment, versionSuffix } = PYTHON;

/** https://packaging.python.org/en/latest/specifications/version-specifiers/#appendix-parsing-version-strings-with-regular-expressions */
const PEP_440 =
  /^([1-9][0-9]*!)?(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*((a|b|rc)(0|[1-9][0-9]*))?(\.post(0|[1-9][0-9]*))?(\.dev(0|[1-9][0-9]*))?$/;
const digest = fc.stringMatching(/^[0-9a-f]{40}$/);
const ownVersion = fc.constantFrom(
  '0.1.0',
  '1',
  '1.2',
  '2!1.0',
  '1.0rc1',
  '1.0a3',
  '1.0.post1',
  '2024.1.31',
  '1.0b2.post3',
);

describe('the suffix of a version', () => {
  it('is a stable function of the content', () => {
    expect(versionSuffix('0123456789ab'.padEnd(40, 'c'))).toBe('.dev1250999896491');
    expect(versionSuffix('f'.repeat(40))).toBe('.dev281474976710655');
    expect(versionSuffix('0'.repeat(40))).toBe('.dev0');
  });

  it('turns any module version into a normalized development release of PEP 440', () => {
    fc.assert(
      fc.property(digest, ownVersion, (content, version) => {
        const whole = version + versionSuffix(content);
        expect(whole).toMatch(PEP_440);
        expect(isDevelopment(whole)).toBe(true);
        expect(isDevelopment(version)).toBe(false);
      }),
    );
  });

  it('differs if the first twelve digits of the content differ', () => {
    fc.assert(
      fc.property(digest, digest, (one, other) => {
        expect(versionSuffix(one) === versionSuffix(other)).toBe(one.slice(0, 12) === other.slice(0, 12));
      }),
    );
  });

  it('is unique: no version ends with the suffixes of two contents', () => {
    fc.assert(
      fc.property(digest, digest, ownVersion, (one, other, version) => {
        fc.pre(versionSuffix(one) !== versionSuffix(other));
        expect((version + versionSuffix(one)).endsWith(versionSuffix(other))).toBe(false);
      }),
    );
  });
});

test.each([
  ['Cloud_Adapter', 'cloud-adapter'],
  ['cloud.adapter', 'cloud-adapter'],
  ['cloud-_.adapter', 'cloud-adapter'],
  ['restapi-client', 'restapi-client'],
])('indexes know %s as %s', (name, known) => {
  expect(normalizedPackage(name)).toBe(known);
});
