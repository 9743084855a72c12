import * as fc from 'fast-check';
import { dayOf, printBases, readBuildFacts } from '../../../core/image/build-label';

const DIGEST = `sha256:${'1'.repeat(64)}`;

function config(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

function labelled(label: string) {
  return { config: { Labels: { 'image-pipeline.bases': label } } };
}

test('what an image was built from, and when, is read as it was written', () => {
  const bases = { nginx: DIGEST, 'python:3.12': DIGEST };
  const text = config({ created: '2026-11-23T23:59:59.123456789Z', ...labelled(printBases(bases)) });
  expect(readBuildFacts(text)).toEqual({ built: '2026-11-23', bases });
});

test('the label of equal base images is equal', () => {
  expect(printBases({ b: DIGEST, a: DIGEST })).toBe(printBases({ a: DIGEST, b: DIGEST }));
});

test.each([
  ['nothing', {}],
  ['no JSON', 'garbage'],
  ['null in every place', { created: null, config: { Labels: null } }],
  ['base images that are none', labelled('python')],
  ['a base image by tag', labelled('{"python":"latest"}')],
  ['no base images', labelled('{}')],
  ['a date that is none', { created: 'yesterday' }],
  ['the date of builds that are made to look alike', { created: '1970-01-01T00:00:00Z' }],
  ['the date that Docker writes for none', { created: '0001-01-01T00:00:00Z' }],
])('a config that says %s says nothing', (_, value) => {
  expect(readBuildFacts(config(value))).toEqual({});
});

test('no config makes it fail', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(readBuildFacts(config(value))).toBeDefined();
    }),
  );
});

test('a day is told in UTC', () => {
  expect(dayOf(Date.parse('2026-11-23T23:30:00-02:00'))).toBe('2026-11-24');
});
