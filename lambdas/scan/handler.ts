/** The AWS Lambda handler of the scan step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { ScanRequest, ScanStep } from '../../core/contract/scan/scan';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedGit } from '../shared/deployed';
import { deployedRegistry, deployedScanner } from '../shared/deployed-registry';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { scanStep } from './scan';

const env = readEnv(process.env, STEP_ENV.scan);
const settings = parseSettings(JSON.parse(env.settings));
const dependencies = {
  settings,
  git: deployedGit(settings, env.gitSecret, 'reader').git,
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
};
const registryForRun = deployedRegistry(settings, process.env);

/** Asks ECR about the images of a run. */
export function handler(request: ScanRequest): Promise<ScanStep> {
  return logged(
    { step: 'scan', run: request.run },
    () => scanStep(request, { ...dependencies, registry: registryForRun(), scanner: deployedScanner() }),
    ({ next }) => ({ next }),
  );
}
