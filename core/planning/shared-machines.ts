/** Lets small images of a run share build machines, if the settings say how many builds the account runs at a time. */
import type { Catalog } from '../catalog/model';
import type { BuildJob, MachineJob } from '../contract/job';
import type { Plan } from '../contract/plan';
import { packJobs } from '../estimate/packing/pack-jobs';
import { runJobs, withModuleStages } from '../estimate/run-jobs';
import type { Settings } from '../settings/schema';
import { MAX_TIMEOUT } from './build-jobs';

/**
 * Returns the plan with the machines that build several images. All images of a run have one commit, cache scope and role, so that a machine
 * never mixes trust; `packJobs` keeps stages, machines and platforms apart.
 */
export function shareMachines(
  plan: Plan,
  catalog: Catalog,
  { builders, maxConcurrency }: Pick<Settings, 'builders' | 'maxConcurrency'>,
): Plan {
  if (builders === undefined) return plan;
  const built = new Set(plan.services.filter(({ action }) => action === 'build').map(({ name }) => name));
  const published = (plan.modules ?? []).filter(({ action }) => action === 'publish').map(({ name }) => name);
  const jobs = runJobs(catalog, built, new Set(published));
  const packs = packJobs({ jobs, stages: withModuleStages(catalog), stageConcurrency: maxConcurrency, builders });
  const machines = packs.map((pack) => pack.jobs.map(({ name }) => name)).filter(({ length }) => length > 1);
  return machines.length === 0 ? plan : { ...plan, machines };
}

/** Returns the machines of each stage, in the order of the most urgent image of each. `listOf` returns the location of a machine's list. */
export function machineJobs(
  stages: Readonly<Record<string, readonly BuildJob[]>>,
  machines: readonly (readonly string[])[],
  listOf: (service: string) => string,
): Readonly<Record<string, readonly MachineJob[]>> {
  const mates = new Map(machines.flatMap((services) => services.map((service) => [service, services])));
  const machinesOf = (jobs: readonly BuildJob[]): readonly MachineJob[] => {
    const byService = new Map(jobs.map((job) => [job.service, job]));
    const groups = new Set(jobs.map(({ service }) => mates.get(service) ?? [service]));
    const imagesOf = (services: readonly string[]) => services.flatMap((service) => byService.get(service) ?? []);
    return [...groups].map((services) => machineJob(imagesOf(services), listOf));
  };
  return Object.fromEntries(Object.entries(stages).map(([stage, jobs]) => [stage, machinesOf(jobs)]));
}

function machineJob(images: readonly BuildJob[], listOf: (service: string) => string): MachineJob {
  const [first] = images;
  if (first === undefined) throw new Error('a machine has at least one image');
  const { service, machine } = first;
  const minutes = images.reduce((sum, { timeoutMinutes }) => sum + timeoutMinutes, 0);
  const together = images.length > 1;
  return {
    service,
    images,
    together,
    list: together ? listOf(service) : '',
    machine,
    timeoutMinutes: Math.min(MAX_TIMEOUT, minutes),
  };
}
