/** The jobs of a run, as schedule and estimate take them. */
import type { Catalog, Service, Stage } from '../catalog/model';
import { MODULE_MACHINE, machineOf, moduleOutcomeName } from '../contract/job';
import { type PublishingModule, publishingModules } from '../modules/plan-modules';
import type { EstimatedJob } from './job-range';

/** Returns the jobs of these services and published modules, in the stages of `withModuleStages`. */
export function runJobs(
  catalog: Catalog,
  services: ReadonlySet<string>,
  modules: ReadonlySet<string>,
): readonly EstimatedJob[] {
  return [
    ...moduleBuilds(publishingModules(catalog).filter(({ name }) => modules.has(name))),
    ...catalog.services.filter(({ name }) => services.has(name)).map(serviceJob),
  ];
}

/**
 * Returns the build of a service. It may share a machine with builds for the same platforms, so that none waits for emulated ones. A command
 * shares none: it may use ports, caches and the engine of its machine as it likes.
 */
export function serviceJob(service: Service): EstimatedJob {
  const { name, stage, minutes, priority, platforms, build } = service;
  const group = build === undefined ? { group: platforms.join(',') } : {};
  return { name, stage, minutes, priority, machine: machineOf(service), ...group };
}

/** More urgent than any service, because services wait for modules. */
const MODULE_PRIORITY = 0;

/** Returns the stages of a catalog. Modules are a part of their stage that comes before its images, as in the state machine. */
export function withModuleStages({ stages, modules }: Pick<Catalog, 'stages' | 'modules'>): readonly Stage[] {
  const publishing = new Set(publishingModules({ modules }).map(({ publish }) => publish.stage));
  return stages.flatMap((stage) => {
    if (!publishing.has(stage.name)) return [stage];
    const part = { ...stage, name: partOf(stage.name), title: `${stage.title}, modules` };
    return [part, { ...stage, needs: [part.name] }];
  });
}

/** Returns the builds of modules. */
export function moduleBuilds(modules: readonly PublishingModule[]): readonly EstimatedJob[] {
  return modules.map(({ name, publish }) => ({
    name: `module ${name}`,
    stage: partOf(publish.stage),
    minutes: publish.minutes,
    priority: MODULE_PRIORITY,
    outcome: moduleOutcomeName(name),
    machine: MODULE_MACHINE,
  }));
}

/** Returns the name of a stage's part for modules, which no stage can have. */
function partOf(stage: string): string {
  return `${stage}/modules`;
}
