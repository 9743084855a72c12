/** Modules in an estimate: jobs of a part of their stage that comes before its images, as the state machine has it. */
import type { Catalog, Stage } from '../catalog/catalog';
import { type PublishingModule, publishingModules } from '../modules/plan-modules';
import type { SimulatedJob } from './simulate';

/** Ahead of every service: those that need a module wait for it. */
const MODULE_PRIORITY = 0;

/** The stages of a catalog, with a part of its own before each that publishes modules. */
export function withModuleStages({ stages, modules }: Pick<Catalog, 'stages' | 'modules'>): readonly Stage[] {
  const publishing = new Set(publishingModules({ modules }).map(({ publish }) => publish.stage));
  return stages.flatMap((stage) => {
    if (!publishing.has(stage.name)) return [stage];
    const part = { ...stage, name: partOf(stage.name), title: `${stage.title}, modules` };
    return [part, { ...stage, needs: [part.name] }];
  });
}

/** The builds of modules. */
export function moduleBuilds(modules: readonly PublishingModule[]): readonly SimulatedJob[] {
  return modules.map(({ name, publish }) => ({
    name: `module ${name}`,
    stage: partOf(publish.stage),
    minutes: publish.minutes,
    priority: MODULE_PRIORITY,
  }));
}

/** No stage can have such a name. */
function partOf(stage: string): string {
  return `${stage}/modules`;
}
