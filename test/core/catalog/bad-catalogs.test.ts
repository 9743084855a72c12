import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { InvalidInputError } from '../../../core/contract/errors';
import { BAD_BUILDS } from './bad/bad-builds';
import { BAD_GRAPHS } from './bad/bad-graphs';
import { BAD_NAMES } from './bad/bad-names';
import { BAD_PATHS } from './bad/bad-paths';
import { BAD_SIZES } from './bad/bad-sizes';
import { BAD_SYNTAX } from './bad/bad-syntax';
import { BAD_TYPES } from './bad/bad-types';

const BAD_CATALOGS = [
  ...BAD_SYNTAX,
  ...BAD_TYPES,
  ...BAD_NAMES,
  ...BAD_PATHS,
  ...BAD_GRAPHS,
  ...BAD_SIZES,
  ...BAD_BUILDS,
].map(([what, text, ...problems]) => ({ what, text, problems }));

function refusalOf(text: string): InvalidInputError {
  try {
    parseCatalog(text);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('the catalog was accepted');
}

test.each(BAD_CATALOGS)('$what is refused with path, line and reason', ({ text, problems }) => {
  const refusal = refusalOf(text);

  expect(refusal.problems.map(({ path, line }) => [path, line])).toEqual(problems.map(([path, line]) => [path, line]));
  for (const [index, [, , words]] of problems.entries()) expect(refusal.problems[index]?.message).toContain(words);
  expect(refusal.name).toBe('InvalidCatalog');
  expect(refusal.message.length).toBeLessThan(2000);
  expect(JSON.stringify(refusal.problems).length).toBeLessThan(10_000);
});

test('every case has a unique name', () => {
  expect(new Set(BAD_CATALOGS.map(({ what }) => what)).size).toBe(BAD_CATALOGS.length);
});

test('a problem in one part does not hide problems in others', () => {
  const refusal = refusalOf(`platform: 1.4
stages: [{ name: tools }]
modules: { m: tools/m }
services:
  a: { minutes: soon, dependencies: [n], stage: tolls }
  b: 5
  c: { image: a }
`);

  expect(refusal.problems.map(({ path }) => path)).toEqual([
    'platform',
    'services.a.minutes',
    'services.a.stage',
    'services.a.dependencies[0]',
    'services.b',
    'services.c.image',
  ]);
});

test('a broken section causes no follow-up problems in others', () => {
  const refusal = refusalOf(`platform: v1.4.0
stages: 5
modules: 5
services: { a: { stage: x, dependencies: [m] } }
`);

  expect(refusal.problems.map(({ path }) => path)).toEqual(['stages', 'modules']);
});

test('the message lists the first hundred problems and counts the rest', () => {
  const services = Array.from({ length: 250 }, (_, index) => `  s${index}: { minutes: 0 }\n`);
  const refusal = refusalOf(`platform: v1.4.0\nservices:\n${services.join('')}`);

  expect(refusal.problems).toHaveLength(101);
  expect(refusal.problems[100]?.message).toContain('150 more problems');
});

test('the message ends with a minimal valid catalog', () => {
  const example = refusalOf('').message.split('The smallest catalog: ')[1] ?? '';

  expect(parseCatalog(example).services.map(({ name }) => name)).toEqual(['restapi']);
});
