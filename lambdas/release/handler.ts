/** Door of the release step in AWS. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoClaims } from '../../adapters/aws/dynamo-claims';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { ReleaseRequest, ReleaseResult } from '../../core/contract';
import { parseSettings } from '../../core/settings';
import { deployedRegistry } from '../deployed-registry';
import { readEnv } from '../env';
import { logged } from '../log';
import { RELEASE_ENV } from './env';
import { releaseStep } from './release';

const env = readEnv(process.env, RELEASE_ENV);
const settings = parseSettings(JSON.parse(env.settings));
const dependencies = {
  settings,
  clock: systemClock,
  claims: createDynamoClaims(new DynamoDBClient({}), env.claimsTable),
  store: createS3ObjectStore(new S3Client({}), env.bucket),
};

const registryForRun = deployedRegistry(settings, process.env);

/** Gives every image of the plan its version. */
export function handler(request: ReleaseRequest): Promise<ReleaseResult> {
  return logged(
    { step: 'release', run: request.run },
    () => releaseStep(request, { ...dependencies, registry: registryForRun() }),
    ({ tagged }) => ({ tagged }),
  );
}
