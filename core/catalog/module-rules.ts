/** Rules about modules that are published: packages of their own, and nobody who starts before they are there. */
import { normalizedPackage } from '../modules/package-version';
import type { Catalog, Stage } from './catalog';
import { PACKAGE_NAME } from './catalog-grammar';
import type { CatalogIssue } from './catalog-issue';
import type { CatalogFile } from './catalog-schema';
import { type Rule, repeated } from './rule';

export const MODULE_RULES: readonly Rule[] = [
  { name: 'published-names-are-paths', reads: ['modules'], check: publishedNamesArePaths },
  { name: 'packages-are-legal', reads: ['modules'], check: packagesAreLegal },
  { name: 'packages-differ', reads: ['modules'], check: packagesDiffer },
  { name: 'dependents-wait', reads: ['stages', 'modules', 'services'], check: dependentsWait },
];

/** Their names are parts of keys in the object store, which is a folder on one machine. */
function publishedNamesArePaths(_file: CatalogFile, { modules }: Catalog): readonly CatalogIssue[] {
  const isPath = (name: string) => name.split('/').every((part) => !['', '.', '..'].includes(part));
  const message =
    "has an empty part, '.' or '..' between slashes in its name, so that it cannot be published; rename it";
  return modules
    .filter(({ name, publish }) => publish !== undefined && !isPath(name))
    .map(({ name }) => ({ path: ['modules', name, 'publish'], message }));
}

/** Those that are given are checked with the shape; here is what else follows from a module's name. */
function packagesAreLegal(_file: CatalogFile, { modules }: Catalog): readonly CatalogIssue[] {
  const message =
    "needs a package name, since the module's own is none (letters and digits with . _ or - between them); write `publish: { package: NAME }`";
  return modules
    .filter(({ publish }) => publish !== undefined && !PACKAGE_NAME.test(publish.package))
    .map(({ name }) => ({ path: ['modules', name, 'publish'], message }));
}

function packagesDiffer(_file: CatalogFile, { modules }: Catalog): readonly CatalogIssue[] {
  const named = modules.flatMap(({ name, publish }) =>
    publish === undefined
      ? []
      : [{ key: normalizedPackage(publish.package), path: ['modules', name, 'publish'], owner: name }],
  );
  return repeated(
    named,
    (first) => `the module '${first}' is published under this name; give each a package of its own`,
  );
}

/** Within a stage modules come first, so that a service may be of the very stage that publishes its modules. */
function dependentsWait(_file: CatalogFile, { modules, services, stages }: Catalog): readonly CatalogIssue[] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  return services.flatMap(({ name, stage, dependencies }) =>
    dependencies.flatMap((dependency): CatalogIssue[] => {
      const published = byName.get(dependency)?.publish;
      if (published === undefined || stagesBefore(stage, stages).has(published.stage)) return [];
      const message = `is '${stage}', which does not wait for '${published.stage}', where its module '${dependency}' is published; add '${published.stage}' to the needs of '${stage}'`;
      return [{ path: ['services', name, 'stage'], message }];
    }),
  );
}

/** The stage itself and all that it waits for. */
export function stagesBefore(stage: string, stages: readonly Stage[]): ReadonlySet<string> {
  const needs = new Map(stages.map(({ name, needs: named }) => [name, named]));
  const found = new Set([stage]);
  for (const each of found) for (const need of needs.get(each) ?? []) found.add(need);
  return found;
}
