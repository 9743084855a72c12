import fc from 'fast-check';
import { digestOf, inputDigestOf } from '../../../core/input-digest/input-digest';

const records = fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), { maxLength: 6 });

describe('the digest', () => {
  it('has 40 hex digits', () => {
    expect(inputDigestOf([['a']])).toMatch(/^[0-9a-f]{40}$/);
  });

  it('is written into candidates and version locks, so it must never change by accident', () => {
    expect(inputDigestOf([])).toBe('f473d1eea775507058922feb030b2747fb3d831e');
    expect(
      inputDigestOf([
        ['recipe', 'dockerfile', 'x'],
        ['file', 'a', '100644', 'y'],
      ]),
    ).toBe('cb25cc4c9c36b4c9d38c644d95ae22c1bb3ed4d0');
  });

  it('does not depend on order or repetition', () => {
    fc.assert(
      fc.property(records, fc.nat(), (list, turn) => {
        const turned = [...list.slice(turn % (list.length + 1)), ...list.slice(0, turn % (list.length + 1))];
        expect(inputDigestOf([...turned, ...list])).toBe(inputDigestOf(list));
      }),
    );
  });

  it('differs for different lists, whatever characters they hold', () => {
    const texts = fc.array(fc.constantFrom('a', '1:a,', '\0', ',', '', '1', ':', 'é'), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 3 }), fc.array(texts, { maxLength: 3 }), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(digestOf(a)).not.toBe(digestOf(b));
      }),
    );
  });

  it('of a long list is the same as of its parts in one go', () => {
    const long = Array.from({ length: 20_000 }, (_, index) => [`path/${index}`]);
    expect(digestOf(long)).toBe(digestOf(long.values()));
  });
});
