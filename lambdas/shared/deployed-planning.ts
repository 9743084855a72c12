/** What a plan needs in AWS: that of a run, and that of a pull request. */
import { systemClock } from '../../adapters/clock';
import type { PlanDependencies } from '../plan/plan';
import { BASE_LOOKUP_PATIENCE } from '../plan/plan-source';
import { type DeployedGit, deployedRepositories } from './deployed';
import { deployedPublishing } from './deployed-packages';
import { deployedRegistry } from './deployed-registry';
import { openStep } from './open-step';

type Planning = Omit<PlanDependencies, 'jobs'> & DeployedGit;

/** Returns a function that opens everything for one plan. */
export function deployedPlanning(step: 'plan' | 'preview'): () => Planning {
  const { env, settings, store } = openStep(step);
  const { source, values } = deployedRepositories(settings, process.env, { git: 'reader', valuesGit: 'reader' });
  const stages = JSON.parse(env.stages) as string[];
  const publishing = deployedPublishing(process.env, source);
  const shared = { settings, stages, store, clock: systemClock, ...source, valuesGit: values.git, ...publishing };
  const registryForRun = deployedRegistry(settings, process.env);
  return () => ({ ...shared, registry: registryForRun(), baseRegistry: registryForRun(BASE_LOOKUP_PATIENCE) });
}
