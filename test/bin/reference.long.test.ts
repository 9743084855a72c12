/** Generated documents: they are current, complete, and say the same as the code that reads the files. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';
import { exampleOf, type JsonSchema, jsonSchema, KINDS, type Row, rowsOf, textsOf } from '../../bin/reference';
import { generatedFiles } from '../../bin/write-docs';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { parseSettings } from '../../core/settings/parse-settings';

const ROOT = resolve(__dirname, '../..');
const [CATALOG, SETTINGS] = KINDS.map(jsonSchema) as [JsonSchema, JsonSchema];

function judge(schema: JsonSchema): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  return ajv.compile(schema) as (value: unknown) => boolean;
}

test.each([...generatedFiles().keys()])('%s is what npm run docs writes now', (path) => {
  expect(readFileSync(join(ROOT, path), 'utf8')).toBe(generatedFiles().get(path));
});

test.each<[string, (row: Row) => unknown]>([
  ['a meaning', (row) => textsOf(row).meaning],
  ['a default, or is required', (row) => textsOf(row).byDefault],
  ['an example', ({ schema }) => exampleOf(schema)],
])('every key has %s', (_, textOf) => {
  const bare = [CATALOG, SETTINGS]
    .flatMap((file) => rowsOf(file))
    .filter((row) => [undefined, ''].includes(textOf(row) as string));

  expect(bare.map(({ key }) => key)).toEqual([]);
});

test('every example is one that the schema takes', () => {
  const wrong = [CATALOG, SETTINGS].flatMap((file) =>
    rowsOf(file).filter(({ schema }) => {
      const example = exampleOf(schema);
      return example !== undefined && !judge(schema)(example);
    }),
  );

  expect(wrong.map(({ key, schema }) => [key, exampleOf(schema)])).toEqual([]);
});

const settings = (more: object = {}) => ({
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: 'ecr', namespace: 'team' },
  candidates: { host: 'ecr', repository: 'candidates' },
  ...more,
});
const catalog = (service: unknown, more: object = {}) => ({ platform: 'v1.0.0', services: { api: service }, ...more });

function isTaken(parseIt: () => unknown): boolean {
  try {
    parseIt();
    return true;
  } catch {
    return false;
  }
}

describe('schema and code agree', () => {
  test.each<[string, object]>([
    ['the smallest', settings()],
    ['a schema that it names', settings({ $schema: './schemas/settings.schema.json' })],
    ['the schema of a catalog', settings({ $schema: 'catalog.schema.json' })],
    ['an unknown key', settings({ maxConcurency: 3 })],
    ['a wrong value', settings({ logDays: 2 })],
    ['a missing key', { git: { host: 'github', repository: 'team/monorepo' } }],
    ['a host that does not exist', settings({ git: { host: 'svn', repository: 'a/b' } })],
    ['a nested key that is unknown', settings({ notices: { emials: [] } })],
  ])('about settings with %s', (_, value) => {
    expect(judge(SETTINGS)(value)).toBe(isTaken(() => parseSettings(value)));
  });

  test.each<[string, object]>([
    ['a path alone', catalog('api')],
    ['nothing', catalog(null)],
    ['an urgency as text', catalog({ priority: 'P0' })],
    ['an urgency that is none', catalog({ priority: 'P12' })],
    ['one path of values', catalog({ values: 'api.tag' })],
    ['several paths of values', catalog({ values: ['api.tag', 'worker.tag'] })],
    ['a policy of base images', catalog({ bases: { maxAge: '30d' } })],
    ['a policy that is none', catalog({ bases: 'sometimes' })],
    ['a misspelled key', catalog({ minuets: 3 })],
    ['a published module', catalog('api', { modules: { lib: { path: 'lib', publish: true } } })],
    ['a schema that it names', catalog('api', { $schema: 'https://example.com/catalog.schema.json' })],
    ['the schema of settings', catalog('api', { $schema: 'settings.schema.json' })],
  ])('about a catalog with %s', (_, value) => {
    expect(judge(CATALOG)(value)).toBe(isTaken(() => parseCatalog(JSON.stringify(value))));
  });

  test('about the largest catalog and the settings of this repository', () => {
    expect(judge(CATALOG)(parse(readFileSync(join(ROOT, 'catalogs/cloud-tuner.yaml'), 'utf8')))).toBe(true);
    expect(judge(SETTINGS)(JSON.parse(readFileSync(join(ROOT, 'pipeline.settings.json'), 'utf8')))).toBe(true);
  });
});
