/** The machines of a run's jobs and its estimate, by recorded times. They come after all decisions, none of which depends on them. */
import type { Catalog, Service } from '../../core/catalog/model';
import { type BuildMachine, machineOf, USUAL_MACHINE } from '../../core/contract/job';
import type { Plan, PlannedService } from '../../core/contract/plan';
import { REFERENCE_REGION } from '../../core/estimate/price';
import { runJobs, withModuleStages } from '../../core/estimate/run-jobs';
import { estimateRun } from '../../core/estimate/run-range';
import { type ChosenSize, chooseSizes, withSizes } from '../../core/estimate/size/choose-sizes';
import { sizeReason } from '../../core/estimate/size/size-text';
import { shareMachines } from '../../core/planning/shared-machines';
import type { ObjectStore } from '../../core/ports/store';
import type { Settings } from '../../core/settings/schema';
import { readTimes } from '../shared/recorded-times';
import type { Source } from './read-source';

interface ScheduleSources {
  readonly store: Pick<ObjectStore, 'get'>;
  readonly settings: Settings;
}

/**
 * Returns plan and source with the machines that the settings ask for: by records, and shared ones. The plan has the estimate. No digest covers
 * a machine. Without a source there are no jobs, and the plan stays as it is.
 */
export async function scheduleJobs(
  decided: Plan,
  read: Source | undefined,
  sources: ScheduleSources,
): Promise<{ readonly plan: Plan; readonly source?: Source }> {
  if (read === undefined) return { plan: decided };
  const { plan, catalog } = await sizeMachines(decided, read.catalog, sources);
  const shared = shareMachines(plan, catalog, sources.settings);
  return { plan: await estimatePlan(shared, catalog, sources), source: { ...read, catalog } };
}

/** Returns the plan with its estimate. A plan without jobs stays as it is. */
async function estimatePlan(plan: Plan, catalog: Catalog, { store, settings }: ScheduleSources): Promise<Plan> {
  const run = runOf(plan, catalog, settings);
  if (run.jobs.length === 0) return plan;
  const { times, problem } = await readTimes(store);
  return { ...plan, estimate: estimateRun({ ...run, machines: plan.machines ?? [] }, times, problem) };
}

function runOf({ services, modules = [] }: Plan, catalog: Catalog, { maxConcurrency }: Settings) {
  const built = services.filter(({ action }) => action === 'build').map(({ name }) => name);
  const published = modules.filter(({ action }) => action === 'publish').map(({ name }) => name);
  const jobs = runJobs(catalog, new Set(built), new Set(published));
  return { jobs, stages: withModuleStages(catalog), stageConcurrency: maxConcurrency };
}

/**
 * Returns plan and catalog with the chosen machines of services whose size the catalog leaves open. Without records they stay, and so does a
 * machine that a fleet has reserved: it is paid for, however little is used.
 */
async function sizeMachines(
  plan: Plan,
  catalog: Catalog,
  { store, settings }: ScheduleSources,
): Promise<{ readonly plan: Plan; readonly catalog: Catalog }> {
  if (settings.machineSize === 'catalog') return { plan, catalog };
  const open = new Set(catalog.services.filter((service) => isOpen(service, settings)).map(({ name }) => name));
  const { times } = await readTimes(store);
  const run = { ...runOf(plan, catalog, settings), builders: settings.builders };
  const chosen = chooseSizes(run, times, REFERENCE_REGION, open);
  if (chosen.length === 0) return { plan, catalog };
  const byName = new Map(chosen.map((each) => [each.name, each]));
  const services = plan.services.map((service) => sizedService(service, byName.get(service.name)));
  return { plan: { ...plan, services }, catalog: { ...catalog, services: withSizes(catalog.services, chosen) } };
}

function sizedService({ machine, ...service }: PlannedService, chosen: ChosenSize | undefined): PlannedService {
  if (chosen === undefined) return { ...service, ...(machine === undefined ? {} : { machine }) };
  return { ...service, ...(isUsual(chosen.to) ? {} : { machine: chosen.to }), sized: sizeReason(chosen) };
}

function isOpen(service: Service, { fleets = [] }: Settings): boolean {
  const { compute, architecture } = machineOf(service);
  const isReserved = fleets.some((fleet) => fleet.compute === compute && fleet.architecture === architecture);
  return service.compute === undefined && !isReserved;
}

function isUsual({ compute, architecture }: BuildMachine): boolean {
  return compute === USUAL_MACHINE.compute && architecture === USUAL_MACHINE.architecture;
}
