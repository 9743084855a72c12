/** The AWS Lambda handler of the plan step. */
import { systemClock } from '../../adapters/clock';
import type { PlanRequest, PlanResult } from '../../core/contract/plan';
import type { JobSource } from '../../core/planning/job-source';
import { deployedRepositories } from '../shared/deployed';
import { deployedPublishing } from '../shared/deployed-packages';
import { deployedRegistry } from '../shared/deployed-registry';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { announcedPlanStep } from './plan';
import { BASE_LOOKUP_PATIENCE } from './plan-source';

const { env, settings, store } = openStep('plan');
const { source, values } = deployedRepositories(settings, process.env, { git: 'reader', valuesGit: 'reader' });
const dependencies = {
  settings,
  clock: systemClock,
  stages: JSON.parse(env.stages) as string[],
  jobs: env.jobs as JobSource,
  ...source,
  valuesGit: values.git,
  store,
  ...deployedPublishing(process.env, source),
};

const registryForRun = deployedRegistry(settings, process.env);

/** Plans a run and writes the commit status. The result becomes the state machine's state. */
export function handler(request: PlanRequest): Promise<PlanResult> {
  const registries = { registry: registryForRun(), baseRegistry: registryForRun(BASE_LOOKUP_PATIENCE) };
  return logged(
    { step: 'plan', run: request.run },
    () => announcedPlanStep(request, { ...dependencies, ...registries }),
    ({ action, ref, commit, dryRun, totals }) => ({ action, ref, commit, dryRun, ...totals }),
  );
}
