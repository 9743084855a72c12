import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { InvalidInputError } from '../../../core/contract/errors';

const serviceName = fc.stringMatching(/^[a-z0-9]([a-z0-9]|[-_.][a-z0-9]){0,20}$/);
const folder = fc.stringMatching(/^[a-z0-9_]{1,8}(\/[a-z0-9_]{1,8}){0,3}$/);
const STAGES = ['tools', 'critical', 'workers'];
const MODULES = {
  cloud_adapter: 'tools/cloud_adapter',
  'optscale_client/config_client': 'optscale_client/config_client',
};

/** Services in any short form, with any keys. */
const entry = fc.oneof(
  fc.constant(null),
  folder,
  fc.record(
    {
      path: folder,
      dockerfile: folder,
      context: fc.oneof(folder, fc.constantFrom('.', 'service')),
      stage: fc.constantFrom(...STAGES),
      priority: fc.integer({ min: 0, max: 9 }),
      minutes: fc.integer({ min: 1, max: 2160 }),
      dependencies: fc.uniqueArray(fc.constantFrom(...Object.keys(MODULES))),
      retagOnly: fc.boolean(),
      bases: fc.constantFrom('recorded', 'follow', { maxAge: '7d' }),
      buildArgs: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,9}$/), fc.string({ unit: 'grapheme-ascii' })),
      category: fc.constantFrom('A', 'C1'),
    },
    { requiredKeys: [] },
  ),
);

const goodFile = fc.dictionary(serviceName, entry, { minKeys: 1, maxKeys: 15 }).map((services) => ({
  platform: 'v1.4.0',
  stages: STAGES.map((name) => ({ name })),
  modules: MODULES,
  services,
}));

function parse(file: unknown) {
  return parseCatalog(stringify(file));
}

function refusalOf(text: string): InvalidInputError | undefined {
  try {
    parseCatalog(text);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInputError && error.name === 'InvalidCatalog') return error;
    throw error;
  }
}

test('every service of a valid file is in the catalog, in any short form', () => {
  fc.assert(
    fc.property(goodFile, (file) => {
      expect(parse(file).services.map(({ name }) => name)).toEqual(Object.keys(file.services).sort());
    }),
  );
});

test('the order of services in the file does not matter', () => {
  fc.assert(
    fc.property(goodFile, (file) => {
      const backwards = { ...file, services: Object.fromEntries(Object.entries(file.services).reverse()) };

      expect(parse(backwards)).toEqual(parse(file));
    }),
  );
});

test('the long form of a catalog has the same meaning', () => {
  fc.assert(
    fc.property(goodFile, (file) => {
      const catalog = parse(file);
      const services = catalog.services.map(({ name, categories, context, path, bases, ...service }) => [
        name,
        {
          ...service,
          path: path || '.',
          context: context || '.',
          category: categories,
          ...(bases === undefined
            ? {}
            : { bases: typeof bases === 'string' ? bases : { maxAge: `${bases.maxAgeDays}d` } }),
        },
      ]);

      expect(parse({ ...file, services: Object.fromEntries(services) })).toEqual(catalog);
    }),
  );
});

test('one wrong value in one service is reported for that service only', () => {
  const wrong = fc.constantFrom<readonly [string, unknown]>(
    ['stage', 'nowhere'],
    ['dependencies', ['nothing']],
    ['minutes', -1],
    ['path', '../up'],
    ['image', 'UPPER'],
    ['imgae', 'x'],
  );
  fc.assert(
    fc.property(goodFile, wrong, fc.nat(), (file, [key, value], at) => {
      const name = Object.keys(file.services)[at % Object.keys(file.services).length] ?? '';
      const refusal = refusalOf(stringify({ ...file, services: { ...file.services, [name]: { [key]: value } } }));

      expect(refusal?.problems).toHaveLength(1);
      expect(refusal?.problems[0]?.path).toContain(/^[\w-]+$/.test(name) ? `services.${name}.${key}` : name);
      expect(refusal?.problems[0]?.line).toBeGreaterThan(1);
    }),
  );
});

test('any text is either parsed or refused with InvalidInput', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('platform: v1.4.0', 'services:', '  api: {', '  }', '- x', '&a [*a]', 'stages: [{name: a}]', '? :'),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      refusalOf(lines.join('\n'));
    }),
    { numRuns: 2000 },
  );
});

test('any value of any key is accepted or refused with a path below that key', () => {
  const key = fc.constantFrom('platform', 'stages', 'defaults', 'modules', 'services');
  fc.assert(
    fc.property(key, fc.jsonValue(), (section, value) => {
      const refusal = refusalOf(stringify({ platform: 'v1.4.0', services: { api: null }, [section]: value }));

      for (const { path } of refusal?.problems ?? []) expect(path.startsWith(section)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
