/** How long the builds of a plan take by the clock, as the stages wait for each other. */
import type { Catalog } from '../catalog/catalog';
import type { Plan } from '../contract';
import { longestWay } from '../estimate/estimate-builds';
import { simulate } from '../estimate/simulate';

export interface PreviewTime {
  /** From the first start to the last end, with a machine for each job that may run. */
  readonly minutes: number;
  /** The builds that wait for each other the longest, in order. */
  readonly way: readonly string[];
}

/** `stageConcurrency` is how many jobs of a stage run at a time, where the stage does not say. Throws if a service is not in the catalog. */
export function previewTime(plan: Plan, { stages, services }: Catalog, stageConcurrency: number): PreviewTime {
  const priorities = new Map(services.map(({ name, priority }) => [name, priority]));
  const jobs = plan.services
    .filter(({ action }) => action === 'build')
    .map(({ name, stage, minutes }) => {
      const priority = priorities.get(name);
      if (priority === undefined) throw new Error(`service '${name}' of the plan is not in its catalog`);
      return { name, stage, minutes, priority };
    });
  const { minutes } = simulate({ jobs, stages, stageConcurrency, builders: Math.max(1, jobs.length) });
  return { minutes, way: longestWay(jobs, stages).names };
}
