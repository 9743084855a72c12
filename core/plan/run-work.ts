/** What the jobs of a run were: how many images they built, and at what cost. */
import type { NestedOutcomes, Plan, ReasonKind } from '../contract';
import { buildCost, machineMinutes } from '../estimate/price';
import { flattenOutcomes } from './outcome';

/** What the jobs of a run were. */
export interface RunWork {
  /** Images that were built. */
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
  const jobs = services.filter(({ name }) => names.has(name));
  return {
    built: outcomes.filter(({ status }) => status === 'SUCCEEDED').length,
    cacheHits: services.filter(({ action, reasons }) => action !== 'build' && reasons.some(isFound)).length,
    minutes: jobs.reduce((sum, { minutes }) => sum + minutes, 0),
    cost: buildCost(jobs.map(machineMinutes), region).cost,
  };
}

function isFound({ kind }: { readonly kind: ReasonKind }): boolean {
  return FOUND.includes(kind);
}
