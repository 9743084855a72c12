/** The machines of a run's images by recorded memory and CPU time, if the settings ask for them. Nothing about them changes what is built. */
import type { Catalog, Service } from '../../core/catalog/model';
import { type BuildMachine, machineOf, USUAL_MACHINE } from '../../core/contract/job';
import type { Plan, PlannedService } from '../../core/contract/plan';
import { REFERENCE_REGION } from '../../core/estimate/price';
import { runJobs, withModuleStages } from '../../core/estimate/run-jobs';
import { type ChosenSize, chooseSizes, withSizes } from '../../core/estimate/size/choose-sizes';
import { sizeReason } from '../../core/estimate/size/size-text';
import type { ObjectStore } from '../../core/ports/store';
import type { Settings } from '../../core/settings/schema';
import { readTimes } from '../shared/recorded-times';

interface SizeSources {
  readonly store: Pick<ObjectStore, 'get'>;
  readonly settings: Pick<Settings, 'machineSize' | 'maxConcurrency' | 'builders' | 'fleets'>;
}

export interface SizedPlan {
  readonly plan: Plan;
  /** With the chosen sizes. Its digests are those of before, because no digest covers a size. */
  readonly catalog: Catalog;
}

/**
 * Returns plan and catalog with the chosen machines of services whose size the catalog leaves open. Without records they stay, and so does a
 * machine that a fleet has reserved: it is paid for, however little is used.
 */
export async function sizeMachines(plan: Plan, catalog: Catalog, { store, settings }: SizeSources): Promise<SizedPlan> {
  if (settings.machineSize === 'catalog') return { plan, catalog };
  const open = new Set(catalog.services.filter((service) => isOpen(service, settings)).map(({ name }) => name));
  const built = new Set(plan.services.filter(({ action }) => action === 'build').map(({ name }) => name));
  const modules = (plan.modules ?? []).filter(({ action }) => action === 'publish').map(({ name }) => name);
  const jobs = runJobs(catalog, built, new Set(modules));
  const { times } = await readTimes(store);
  const { maxConcurrency: stageConcurrency, builders } = settings;
  const run = { jobs, stages: withModuleStages(catalog), stageConcurrency, builders };
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

function isOpen(service: Service, { fleets = [] }: SizeSources['settings']): boolean {
  const { compute, architecture } = machineOf(service);
  const isReserved = fleets.some((fleet) => fleet.compute === compute && fleet.architecture === architecture);
  return service.compute === undefined && !isReserved;
}

function isUsual({ compute, architecture }: BuildMachine): boolean {
  return compute === USUAL_MACHINE.compute && architecture === USUAL_MACHINE.architecture;
}
