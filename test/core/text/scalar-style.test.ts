import * as fc from 'fast-check';
import { parse } from 'yaml';
import { plainOrQuoted, quoteLike } from '../../../core/text/scalar-style';
import { runs } from '../../support/property-runs';

const tags = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,12}$/),
  fc.stringMatching(/^[0-9_xobeE.+-]{1,8}$/),
  fc.constantFrom(
    'yes',
    'No',
    'OFF',
    'y',
    'N',
    'null',
    'Null',
    'TRUE',
    '1_000',
    '0b11',
    '1e3',
    '1E-3',
    '2024-01-02',
    '1.',
    '017',
    '0o17',
    '12:30:45',
  ),
);

/** Go's `ParseFloat` and `ParseInt` with base 0, by which Helm's reader tries plain scalars that begin with a digit. */
const READ_AS_NUMBER_BY_GO = /^([0-9][0-9_]*\.?[0-9_]*(e[+-]?[0-9]+)?|0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+)$/i;

test('every tag is read back as the same text, by YAML 1.2 and by YAML 1.1', () => {
  fc.assert(
    fc.property(tags, (tag) => {
      const written = plainOrQuoted(tag);
      for (const version of ['1.1', '1.2'] as const) {
        for (const text of [`tag: ${written}\n`, `{tag: ${written}, x: 1}\n`, `- tag: ${written} # comment\n`]) {
          const content = parse(text, { version });
          expect(Array.isArray(content) ? content[0].tag : content.tag).toBe(tag);
        }
      }
      if (READ_AS_NUMBER_BY_GO.test(tag)) expect(written).not.toBe(tag);
    }),
    { numRuns: runs(2_000) },
  );
});

test.each([
  'v1.4.0',
  'v1.4.0-dev-2',
  '0.1.0',
  '1.2.3',
  'latest',
  'docker.io/acme/restapi:v1.4.0',
  'localhost:5000/a',
  'a@sha256:12',
])('%s needs no quotes', (text) => expect(plainOrQuoted(text)).toBe(text));

test.each(['a: b', 'a #b', '-a', 'a:', '*a', '&a', '!a', '', ' a', "it's", 'a"b', 'a\nb', '{a}', '[a', 'a, b'])(
  '%j is quoted, and read back as it is',
  (text) => {
    expect(plainOrQuoted(text)).toMatch(/^".*"$/);
    expect(parse(plainOrQuoted(text))).toBe(text);
  },
);

test('a scalar keeps the quotes that it had', () => {
  expect(quoteLike('v1.4.0', 'QUOTE_DOUBLE')).toBe('"v1.4.0"');
  expect(quoteLike('v1.4.0', 'QUOTE_SINGLE')).toBe("'v1.4.0'");
  expect(quoteLike("it's", 'QUOTE_SINGLE')).toBe("'it''s'");
  expect(quoteLike('v1.4.0', 'PLAIN')).toBe('v1.4.0');
  expect(quoteLike('1.10', 'PLAIN')).toBe('"1.10"');
});
