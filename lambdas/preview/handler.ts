/** The AWS Lambda handler of the preview step. */
import type { Context } from 'aws-lambda';
import { systemClock } from '../../adapters/clock';
import type { PreviewRequest } from '../../core/ports/runs';
import { BASE_LOOKUP_PATIENCE } from '../plan/plan-source';
import { deployedRepositories } from '../shared/deployed';
import { deployedPublishing } from '../shared/deployed-packages';
import { deployedRegistry } from '../shared/deployed-registry';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { type PreviewResult, previewStep } from './preview';

const { env, settings, store } = openStep('preview');
const { source, values } = deployedRepositories(settings, process.env, { git: 'reader', valuesGit: 'reader' });
const dependencies = {
  settings,
  stages: JSON.parse(env.stages) as string[],
  // A preview is a dry run, which has no jobs.
  jobs: 'state' as const,
  ...source,
  valuesGit: values.git,
  store,
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
