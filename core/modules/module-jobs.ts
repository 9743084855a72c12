/** Turns planned modules into the small jobs that the state machine hands to build machines, stage by stage. */
import { type ModuleJob, moduleOutcomeName, type PlannedModule } from '../job-contract';
import { usualTimeout } from '../plan/build-jobs';
import type { Settings } from '../settings';

/** Jobs per stage name, the longest first. Every stage in `stages` is there. `locationOf` is where a build leaves what it made. */
export function moduleJobs(
  modules: readonly PlannedModule[],
  stages: readonly string[],
  settings: Pick<Settings, 'timeoutFactor'>,
  locationOf: (module: PlannedModule) => string,
): Readonly<Record<string, readonly ModuleJob[]>> {
  const wanted = modules
    .filter(({ action }) => action === 'publish')
    .sort((a, b) => b.minutes - a.minutes || (a.name < b.name ? -1 : 1));
  const jobOf = (module: PlannedModule): ModuleJob => ({
    service: moduleOutcomeName(module.name),
    module: module.name,
    contentDigest: module.contentDigest,
    packages: locationOf(module),
    timeoutMinutes: usualTimeout(module, settings),
  });
  return Object.fromEntries(
    stages.map((stage) => [stage, wanted.filter((module) => module.stage === stage).map(jobOf)]),
  );
}
