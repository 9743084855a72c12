/** The AWS Lambda handler of the publish step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoClaims } from '../../adapters/aws/dynamo-claims';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import type { PublishRequest, PublishResult } from '../../core/contract/job';
import { deployedPackages } from '../shared/deployed-packages';
import { PUBLISH_ENV, readEnv } from '../shared/environment';
import { logged } from '../shared/log';
import { publishStep } from './publish';

const env = readEnv(process.env, PUBLISH_ENV);
const dependencies = {
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  packages: deployedPackages(env.packageIndex),
  claims: createDynamoClaims({}, env.claimsTable),
};

/** Publishes the package that a module's build left. */
export function handler(request: PublishRequest): Promise<PublishResult> {
  return logged(
    { step: 'publish', run: request.run },
    () => publishStep(request, dependencies),
    ({ version }) => ({ module: request.module, package: version }),
  );
}
