/** Door of the preview step in AWS. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { PreviewRequest } from '../../core/ports';
import { parseSettings } from '../../core/settings';
import { deployedGit } from '../deployed';
import { deployedPublishing } from '../deployed-packages';
import { deployedRegistry } from '../deployed-registry';
import { readEnv } from '../env';
import { logged } from '../log';
import { BASE_LOOKUP_PATIENCE } from '../plan/look-up-bases';
import { PREVIEW_ENV } from './env';
import { type PreviewResult, previewStep } from './preview';

const env = readEnv(process.env, PREVIEW_ENV);
const settings = parseSettings(JSON.parse(env.settings));
const dependencies = {
  settings,
  stages: JSON.parse(env.stages) as string[],
  // A preview has no jobs.
  jobs: 'state' as const,
  ...deployedGit(settings, env.gitSecret, 'reader'),
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
  ...deployedPublishing(process.env),
};

const registryForRun = deployedRegistry(settings, process.env);

/** Comments on a pull request. */
export function handler(request: PreviewRequest): Promise<PreviewResult> {
  const registries = { registry: registryForRun(), baseRegistry: registryForRun(BASE_LOOKUP_PATIENCE) };
  return logged(
    { step: 'preview' },
    () => previewStep(request, { ...dependencies, ...registries }),
    (result) => ({ ...request, ...result }),
  );
}
