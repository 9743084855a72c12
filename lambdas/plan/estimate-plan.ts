/** The estimate of a plan. It is made after all decisions, and none of them depends on it. */
import type { Catalog } from '../../core/catalog/model';
import type { Plan } from '../../core/contract/plan';
import { runJobs, withModuleStages } from '../../core/estimate/run-jobs';
import { estimateRun } from '../../core/estimate/run-range';
import type { ObjectStore } from '../../core/ports/store';
import type { Settings } from '../../core/settings/schema';
import { readTimes } from '../shared/recorded-times';

interface EstimateSources {
  readonly store: ObjectStore;
  readonly settings: Pick<Settings, 'maxConcurrency'>;
}

/** Returns the plan with its estimate. A plan without jobs stays as it is. */
export async function estimatePlan(plan: Plan, catalog: Catalog, { store, settings }: EstimateSources): Promise<Plan> {
  const services = plan.services.filter(({ action }) => action === 'build').map(({ name }) => name);
  const modules = (plan.modules ?? []).filter(({ action }) => action === 'publish').map(({ name }) => name);
  const jobs = runJobs(catalog, new Set(services), new Set(modules));
  if (jobs.length === 0) return plan;
  const { times, problem } = await readTimes(store);
  const { machines = [] } = plan;
  const shape = { jobs, stages: withModuleStages(catalog), stageConcurrency: settings.maxConcurrency, machines };
  return { ...plan, estimate: estimateRun(shape, times, problem) };
}
