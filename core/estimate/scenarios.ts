/** What a catalog is estimated for: everything, one module that changed, one service; or what a file of scenarios says. */
import { parseDocument } from 'yaml';
import * as z from 'zod';
import type { Catalog, Service } from '../catalog/catalog';
import { InvalidInputError, type Problem } from '../errors';
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

/** Ahead of every service: they wait for the modules. */
const MODULE_PRIORITY = 0;

const range = z.tuple([z.number().nonnegative(), z.number().nonnegative()]);
const chosen = z.union([z.literal('all'), z.array(z.string())]).default([]);
const ScenarioFile = z.strictObject({
  modules: z.strictObject({ stage: z.string(), minutes: z.int().min(1) }),
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

/** Every service; the services that declare a module, for each module; the longest service. Modules are no jobs here. */
export function usualScenarios({ services, modules }: Catalog): readonly Scenario[] {
  const byModule = modules.map(({ name }) => ({ name: `${name} changed`, services: dependents(services, [name]) }));
  const [longest] = [...services].sort((a, b) => b.minutes - a.minutes);
  return [
    { name: 'all services', services },
    ...byModule.filter((scenario) => scenario.services.length > 0),
    ...(longest === undefined ? [] : [{ name: `${longest.name} alone`, services: [longest] }]),
  ].map((scenario) => ({ ...scenario, modules: [] }));
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
  return result.data.scenarios.map((entry) => scenarioOf(entry, result.data.modules, catalog));
}

function scenarioOf(
  { name, services, modules, sequential, parallel }: ScenarioFile['scenarios'][number],
  moduleJob: ScenarioFile['modules'],
  catalog: Catalog,
): Scenario {
  const published = catalog.modules.filter((module) => module.publish).map((module) => module.name);
  const changed = modules === 'all' ? published : modules;
  const built = new Set(dependents(catalog.services, changed).map((service) => service.name));
  const isBuilt = (service: Service) =>
    services === 'all' || services.includes(service.name) || built.has(service.name);
  return {
    name,
    services: catalog.services.filter(isBuilt),
    modules: changed
      .filter((module) => published.includes(module))
      .map((module) => ({ name: module, ...moduleJob, priority: MODULE_PRIORITY })),
    ...(sequential === undefined ? {} : { sequential }),
    ...(parallel === undefined ? {} : { parallel }),
  };
}

function dependents(services: readonly Service[], modules: readonly string[]): readonly Service[] {
  return services.filter(({ dependencies }) => modules.some((module) => dependencies.includes(module)));
}

function unknownNames({ modules, scenarios }: ScenarioFile, catalog: Catalog): readonly Problem[] {
  const missing = (path: string, kind: 'stage' | 'service' | 'module', names: readonly string[] | 'all') => {
    const known = { stage: catalog.stages, service: catalog.services, module: catalog.modules }[kind];
    const unknown = names === 'all' ? [] : names.filter((name) => !known.some((each) => each.name === name));
    return unknown.map((name) => ({ path, message: `the catalog has no ${kind} '${name}'` }));
  };
  return [
    ...missing('modules.stage', 'stage', [modules.stage]),
    ...scenarios.flatMap((scenario, index) => [
      ...missing(`scenarios.${index}.services`, 'service', scenario.services),
      ...missing(`scenarios.${index}.modules`, 'module', scenario.modules),
    ]),
  ];
}

function refuse(problems: readonly Problem[]): InvalidInputError {
  return new InvalidInputError('the scenarios cannot be used', problems);
}
