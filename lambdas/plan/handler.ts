/** The AWS Lambda handler of the plan step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { PlanRequest, PlanResult } from '../../core/contract/plan';
import type { JobSource } from '../../core/planning/job-source';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedRepositories } from '../shared/deployed';
import { deployedPublishing } from '../shared/deployed-packages';
import { deployedRegistry } from '../shared/deployed-registry';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { announcedPlanStep } from './plan';
import { BASE_LOOKUP_PATIENCE } from './plan-source';

const env = readEnv(process.env, STEP_ENV.plan);
const settings = parseSettings(JSON.parse(env.settings));
const { source, values } = deployedRepositories(settings, process.env, { git: 'reader', valuesGit: 'reader' });
const dependencies = {
  settings,
  clock: systemClock,
  stages: JSON.parse(env.stages) as string[],
  jobs: env.jobs as JobSource,
  ...source,
  valuesGit: values.git,
  store: createS3ObjectStore(new S3Client({}), env.bucket),
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
