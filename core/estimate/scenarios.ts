/** Scenarios that `pipeline estimate` simulates: the usual ones of a catalog, or those of a file. */
import * as z from 'zod';
import type { Catalog, Service, Stage } from '../catalog/model';
import { readCatalogYaml } from '../catalog/yaml';
import { InvalidInputError, type Problem } from '../contract/errors';
import type { RecordedTimes, SecondsRange } from '../contract/estimate';
import { publishingModules } from '../modules/plan-modules';
import type { EstimatedJob } from './job-range';
import { estimatePacked, type PackedEstimate } from './packing/estimate-packed';
import { type BuildCost, buildCost, machineMinutes } from './price';
import { NO_TIMES } from './recorded-jobs';
import { moduleBuilds, serviceJob } from './run-jobs';
import { estimateRun } from './run-range';
import { lowerBound, simulate, withBarriers } from './simulate';

/** Expected minutes, least and most, from another estimate. */
export type MinuteRange = readonly [number, number];

/** The work of one run. Published modules are jobs, too. */
export interface Scenario {
  readonly name: string;
  readonly services: readonly Service[];
  readonly modules: readonly EstimatedJob[];
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

/** Returns the usual scenarios: all services, each module with the services that declare it, and the longest service alone. */
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

/**
 * Parses the scenarios of a YAML text for a catalog. Throws `InvalidInput` with all problems. A file without scenarios may contain secrets,
 * so nothing of it is quoted.
 */
export function parseScenarios(text: string, catalog: Catalog): readonly Scenario[] {
  const { value, issues } = readCatalogYaml(text);
  const problem = (issue: { path: readonly PropertyKey[]; message: string; line?: number }) => ({
    path: issue.path.join('.') || 'scenarios',
    message: issue.message,
    line: issue.line,
  });
  if (value === undefined) throw refuse(issues.map(problem));
  if (Object(value).scenarios === undefined) throw refuse([{ path: 'scenarios', message: 'is missing' }]);
  const result = ScenarioFile.safeParse(value);
  if (!result.success) throw refuse(result.error.issues.map(problem));
  const unknown = unknownNames(result.data, catalog);
  if (unknown.length > 0) throw refuse(unknown);
  return result.data.scenarios.map((entry) => scenarioOf(entry, catalog));
}

function scenarioOf({ services, modules, ...given }: ScenarioFile['scenarios'][number], catalog: Catalog): Scenario {
  const published = publishingModules(catalog);
  const changed = modules === 'all' ? published.map((module) => module.name) : modules;
  const built = new Set(dependents(catalog.services, changed).map((service) => service.name));
  const isBuilt = (service: Service) =>
    services === 'all' || services.includes(service.name) || built.has(service.name);
  return {
    ...given,
    services: catalog.services.filter(isBuilt),
    modules: moduleBuilds(published.filter((module) => changed.includes(module.name))),
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

export interface EstimateOptions {
  readonly stages: readonly Stage[];
  readonly builders: number;
  /** Jobs of one stage at a time, unless the stage has a limit of its own. */
  readonly stageConcurrency: number;
  /** The AWS region whose prices the cost uses. */
  readonly region: string;
  /** The recorded times behind the range. */
  readonly times?: RecordedTimes;
}

/** One row of `pipeline estimate`. All times are in minutes. */
export interface ScenarioEstimate extends BuildCost {
  readonly name: string;
  readonly services: number;
  readonly modules: number;
  /** All jobs one after the other. */
  readonly sequential: number;
  /** Each stage starts when the stages it needs have ended, as deployed. */
  readonly byNeeds: number;
  /** The same in seconds, as 8 of 10 runs take it. Absent if the scenario has no jobs. */
  readonly range?: SecondsRange;
  /** Each stage waits for the one before it in the catalog. */
  readonly byBarriers: number;
  /** No schedule with so many builders is shorter. */
  readonly lowerBound: number;
  /** The same run if images share machines. */
  readonly packed: PackedEstimate;
  /** The expected minutes of the scenario. */
  readonly expected?: { readonly sequential?: MinuteRange; readonly parallel?: MinuteRange };
}

/** Estimates one scenario. */
export function estimateScenario(scenario: Scenario, options: EstimateOptions): ScenarioEstimate {
  const { name, services, modules, sequential, parallel } = scenario;
  const { stages, region } = options;
  const jobs = [...modules, ...services.map(serviceJob)];
  const simulation = { ...options, jobs };
  return {
    name,
    services: services.length,
    modules: modules.length,
    sequential: jobs.reduce((sum, { minutes }) => sum + minutes, 0),
    byNeeds: simulate(simulation).minutes,
    range: rangeOf(jobs, options),
    byBarriers: simulate({ ...simulation, stages: withBarriers(stages) }).minutes,
    lowerBound: lowerBound(simulation),
    packed: estimatePacked({ ...options, jobs }, region),
    expected: sequential === undefined && parallel === undefined ? undefined : { sequential, parallel },
    ...buildCost(jobs.map(machineMinutes), region),
  };
}

function rangeOf(jobs: readonly EstimatedJob[], { times = NO_TIMES, ...options }: EstimateOptions) {
  if (jobs.length === 0) return undefined;
  const { low, likely, high } = estimateRun({ ...options, jobs }, times);
  return { low, likely, high };
}
