/** The release step as a Lambda function. */
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoClaims } from '../../adapters/aws/dynamo-claims';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { ReleaseRequest, ReleaseResult } from '../../core/contract/release';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedRegistry } from '../shared/deployed-registry';
import { RELEASE_ENV, readEnv } from '../shared/environment';
import { logged } from '../shared/log';
import { isReleaseRepository, releaseStep } from './release';

const env = readEnv(process.env, RELEASE_ENV);
const settings = parseSettings(JSON.parse(env.settings));
const dependencies = {
  settings,
  clock: systemClock,
  claims: createDynamoClaims({}, env.claimsTable),
  store: createS3ObjectStore(new S3Client({}), env.bucket),
};

const registryForRun = deployedRegistry(settings, process.env);

/** Gives every image of the plan its version. */
export function handler(request: ReleaseRequest): Promise<ReleaseResult> {
  return logged(
    { step: 'release', run: request.run },
    () =>
      releaseStep(request, { ...dependencies, registry: registryForRun({ isWritten: isReleaseRepository(settings) }) }),
    ({ tagged }) => ({ tagged }),
  );
}
