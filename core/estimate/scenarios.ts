/** What a catalog is estimated for: everything, one module that changed, one service; or what a file of scenarios says. */
import { parseDocument } from 'yaml';
import * as z from 'zod';
import type { Catalog, Service } from '../catalog/catalog';
import { InvalidInputError, type Problem } from '../errors';
import { publishingModules } from '../modules/plan-modules';
import { moduleBuilds } from './module-stages';
import type { SimulatedJob } from './simulate';

/** Minutes, least and most, as somebody else reckoned them. */
export type MinuteRange = readonly [number, number];

/** Work that is done in one run. Modules that are published are jobs, too. */
export interface Scenario {
  readonly name: string;
  readonly services: readonly Service[];
  readonly modules: readonly SimulatedJob[];
  readonly sequential?: MinuteRange;
  readonly parallel?: MinuteRange;
}

const range = z.tuple([z.number().nonnegative(), z.number().nonnegative()]);
const chosen = z.union([z.literal('all'), z.array(z.string())]).default([]);
const ScenarioFile = z.strictObject({
  scenarios: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        services: chosen,
        modules: chosen,
        sequential: range.optional(),
        parallel: range.optional(),
      }),
    )
    .min(1),
});
type ScenarioFile = z.infer<typeof ScenarioFile>;

/** Every service; each module with the services that declare it; the longest service. Modules are built where they are published. */
export function usualScenarios(catalog: Catalog): readonly Scenario[] {
  const { services, modules } = catalog;
  const byModule = modules.map(({ name }) => ({
    name: `${name} changed`,
    services: dependents(services, [name]),
    modules: moduleBuilds(publishingModules(catalog).filter((module) => module.name === name)),
  }));
  const [longest] = [...services].sort((a, b) => b.minutes - a.minutes);
  return [
    { name: 'all services', services },
    ...byModule.filter((scenario) => scenario.services.length > 0),
    ...(longest === undefined ? [] : [{ name: `${longest.name} alone`, services: [longest] }]),
  ].map((scenario) => ({ modules: [], ...scenario }));
}

/** The scenarios that the YAML text has for a catalog. Throws `InvalidInput` with all that is wrong with it. */
export function parseScenarios(text: string, catalog: Catalog): readonly Scenario[] {
  const document = parseDocument(text);
  const faults = document.errors.map(({ message }) => ({ path: 'scenarios', message }));
  if (faults.length > 0) throw refuse(faults);
  const result = ScenarioFile.safeParse(document.toJS());
  if (!result.success) {
    throw refuse(result.error.issues.map(({ path, message }) => ({ path: path.join('.') || 'scenarios', message })));
  }
  const unknown = unknownNames(result.data, catalog);
  if (unknown.length > 0) throw refuse(unknown);
  return result.data.scenarios.map((entry) => scenarioOf(entry, catalog));
}

function scenarioOf(
  { name, services, modules, sequential, parallel }: ScenarioFile['scenarios'][number],
  catalog: Catalog,
): Scenario {
  const published = publishingModules(catalog);
  const changed = modules === 'all' ? published.map((module) => module.name) : modules;
  const built = new Set(dependents(catalog.services, changed).map((service) => service.name));
  const isBuilt = (service: Service) =>
    services === 'all' || services.includes(service.name) || built.has(service.name);
  return {
    name,
    services: catalog.services.filter(isBuilt),
    modules: moduleBuilds(published.filter((module) => changed.includes(module.name))),
    ...(sequential === undefined ? {} : { sequential }),
    ...(parallel === undefined ? {} : { parallel }),
  };
}

function dependents(services: readonly Service[], modules: readonly string[]): readonly Service[] {
  return services.filter(({ dependencies }) => modules.some((module) => dependencies.includes(module)));
}

function unknownNames({ scenarios }: ScenarioFile, catalog: Catalog): readonly Problem[] {
  const missing = (path: string, kind: 'service' | 'module', names: readonly string[] | 'all') => {
    const known = { service: catalog.services, module: catalog.modules }[kind];
    const unknown = names === 'all' ? [] : names.filter((name) => !known.some((each) => each.name === name));
    return unknown.map((name) => ({ path, message: `the catalog has no ${kind} '${name}'` }));
  };
  return scenarios.flatMap((scenario, index) => [
    ...missing(`scenarios.${index}.services`, 'service', scenario.services),
    ...missing(`scenarios.${index}.modules`, 'module', scenario.modules),
  ]);
}

function refuse(problems: readonly Problem[]): InvalidInputError {
  return new InvalidInputError('the scenarios cannot be used', problems);
}
