/** What the jobs of a run were: how many images they built, and at what cost. */
import { MODULE_MACHINE } from '../build-machine';
import type { NestedOutcomes, Plan, ReasonKind } from '../contract';
import { buildCost, machineMinutes } from '../estimate/price';
import { isModuleOutcome, moduleOutcomeName } from '../job-contract';
import { flattenOutcomes } from './outcome';

/** What the jobs of a run were. */
export interface RunWork {
  /** Images that were built; modules are none. */
  readonly built: number;
  /** Images whose content had changed, and of which there was an image already. */
  readonly cacheHits: number;
  /** Build minutes by the catalog, and their cost in US dollars; null where the price of a machine is not known. */
  readonly minutes: number;
  readonly cost: number | null;
}

/** The content is new to this service, and yet there was an image of it. */
const FOUND: readonly ReasonKind[] = ['candidate-exists', 'released-before'];

/** Minutes and cost of all jobs that there were, by the catalog and the region's prices, whatever became of them. */
export function runWork(builds: NestedOutcomes, plan: Plan | undefined, region: string): RunWork {
  const outcomes = flattenOutcomes(builds);
  const names = new Set(outcomes.map(({ service }) => service));
  const services = plan?.services ?? [];
  const jobs = [
    ...services.filter(({ name }) => names.has(name)).map(machineMinutes),
    ...(plan?.modules ?? [])
      .filter(({ name }) => names.has(moduleOutcomeName(name)))
      .map(({ minutes }) => ({ minutes, machine: MODULE_MACHINE })),
  ];
  return {
    built: outcomes.filter(({ service, status }) => status === 'SUCCEEDED' && !isModuleOutcome(service)).length,
    cacheHits: services.filter(({ action, reasons }) => action !== 'build' && reasons.some(isFound)).length,
    minutes: jobs.reduce((sum, { minutes }) => sum + minutes, 0),
    cost: buildCost(jobs, region).cost,
  };
}

function isFound({ kind }: { readonly kind: ReasonKind }): boolean {
  return FOUND.includes(kind);
}
