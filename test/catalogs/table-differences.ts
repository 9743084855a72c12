/** Compares a catalog with the document's tables: a sentence per difference, each naming the service it is about. */
import type { Catalog, Service } from '../../core/catalog/model';
import { CATEGORIES, MATRIX, MODULES, SCHEDULER_MINUTES, STAGES } from './document-tables';

export function tableDifferences(catalog: Catalog): readonly string[] {
  const byName = new Map(catalog.services.map((service) => [service.name, service]));
  return [...differentGroups(catalog), ...differentFacts(byName), ...differentMatrix(byName)];
}

/** Membership: per category, per module, and per stage as far as the document names its services. */
function differentGroups({ services, modules }: Catalog): readonly string[] {
  const inCategory = (key: string) => services.filter(({ categories }) => categories?.includes(key));
  const on = (key: string) => services.filter(({ dependencies }) => dependencies.includes(key));
  const stageOf = new Map(services.map(({ name, stage }) => [name, stage]));
  return [
    ...Object.entries(CATEGORIES).flatMap(([key, expected]) =>
      differentLists(`category ${key}`, names(expected), names(inCategory(key))),
    ),
    ...Object.entries(MODULES).flatMap(([key, expected]) => differentLists(`module ${key}`, expected, names(on(key)))),
    ...Object.keys(MODULES)
      .filter((key) => !modules.some(({ name, path }) => name === key && path === `tools/${key}`))
      .map((key) => `module ${key}: tools/${key} is not among the catalog's modules`),
    ...Object.entries(STAGES).flatMap(([stage, expected]) =>
      expected
        .filter((name) => stageOf.get(name) !== stage)
        .map((name) => `stage ${stage}: '${name}' is in ${stageOf.get(name) ?? 'no stage'}`),
    ),
    ...differentLists('catalog', [...new Set(Object.values(CATEGORIES).flatMap(names))], names(services)),
  ];
}

function names(services: readonly { readonly name: string }[]): readonly string[] {
  return services.map(({ name }) => name);
}

function differentLists(what: string, expected: readonly string[], actual: readonly string[]): readonly string[] {
  return [
    ...expected.filter((name) => !actual.includes(name)).map((name) => `${what}: '${name}' is missing`),
    ...actual.filter((name) => !expected.includes(name)).map((name) => `${what}: '${name}' is too many`),
  ];
}

/** Facts about single services in the tables of section 1 and the groups of section 6. */
function differentFacts(byName: ReadonlyMap<string, Service>): readonly string[] {
  const tables = Object.entries(CATEGORIES).flatMap(([category, rows]) =>
    rows.flatMap((row) => {
      const service = byName.get(row.name);
      if (service === undefined) return [];
      return [
        ...differs(row.name, 'image', category === 'A' ? (row.image ?? row.name) : undefined, service.image),
        ...differs(row.name, 'dependencies', row.dependencies, service.dependencies),
        ...differs(row.name, 'priority', row.priority, service.priority),
        ...differs(row.name, 'minutes', row.minutes, service.minutes),
        ...differs(row.name, 'version', row.version, service.version),
      ];
    }),
  );
  const independent = names(
    Object.values(CATEGORIES)
      .flat()
      .filter(({ version }) => version !== undefined),
  );
  const retagged = names(CATEGORIES.A ?? []);
  const all = [...byName.values()].flatMap(({ name, versioning, retagOnly }) => [
    ...differs(name, 'versioning', independent.includes(name) ? 'independent' : 'platform', versioning),
    ...differs(name, 'retagOnly', retagged.includes(name), retagOnly),
  ]);
  const schedulers = Object.entries(SCHEDULER_MINUTES).flatMap(([name, minutes]) =>
    differs(name, 'minutes', minutes, byName.get(name)?.minutes),
  );
  return [...tables, ...all, ...schedulers];
}

function differentMatrix(byName: ReadonlyMap<string, Service>): readonly string[] {
  return Object.entries(MATRIX).flatMap(([name, { category, ...row }]) => {
    const service = byName.get(name);
    if (service === undefined) return [`appendix: '${name}' is missing`];
    return [
      ...(service.categories?.includes(category) ? [] : [`appendix: '${name}' is not in category ${category}`]),
      ...differs(name, 'dependencies', row.dependencies, service.dependencies),
      ...differs(name, 'minutes', row.minutes, service.minutes),
      ...differs(name, 'priority', row.priority, service.priority),
      ...differs(name, 'group', row.group, service.group),
    ];
  });
}

/** `expected` undefined: the document does not say. Lists are compared as sets. */
function differs(name: string, key: string, expected: unknown, actual: unknown): readonly string[] {
  if (expected === undefined || text(expected) === text(actual)) return [];
  return [`'${name}': ${key} is ${text(actual)}, the document says ${text(expected)}`];
}

function text(value: unknown): string {
  return Array.isArray(value) ? `[${[...value].sort().join(', ')}]` : String(value);
}
