/** The AWS Lambda handler of the preview step. */
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { PreviewRequest } from '../../core/ports/runs';
import { parseSettings } from '../../core/settings/parse-settings';
import { BASE_LOOKUP_PATIENCE } from '../plan/plan-source';
import { deployedRepositories } from '../shared/deployed';
import { deployedPublishing } from '../shared/deployed-packages';
import { deployedRegistry } from '../shared/deployed-registry';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { type PreviewResult, previewStep } from './preview';

const env = readEnv(process.env, STEP_ENV.preview);
const settings = parseSettings(JSON.parse(env.settings));
const { source, values } = deployedRepositories(settings, process.env, { git: 'reader', valuesGit: 'reader' });
const dependencies = {
  settings,
  stages: JSON.parse(env.stages) as string[],
  // A preview is a dry run, which has no jobs.
  jobs: 'state' as const,
  ...source,
  valuesGit: values.git,
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
  ...deployedPublishing(process.env, source),
};

const registryForRun = deployedRegistry(settings, process.env);

/** Comments on a pull request. */
export function handler(request: PreviewRequest, { invokedFunctionArn: arn }: Context): Promise<PreviewResult> {
  const registries = { registry: registryForRun(), baseRegistry: registryForRun(BASE_LOOKUP_PATIENCE) };
  return logged(
    { step: 'preview' },
    () => previewStep(request, { ...dependencies, ...registries, arn }),
    (result) => ({ ...request, ...result }),
  );
}
