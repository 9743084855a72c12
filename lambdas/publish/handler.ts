/** Door of the publish step in AWS. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import type { PublishRequest, PublishResult } from '../../core/job-contract';
import { deployedPackages } from '../deployed-packages';
import { readEnv } from '../env';
import { logged } from '../log';
import { PUBLISH_ENV } from './env';
import { publishStep } from './publish';

const env = readEnv(process.env, PUBLISH_ENV);
const dependencies = {
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  packages: deployedPackages(env.packageIndex),
};

/** Publishes what a module's build left. */
export function handler(request: PublishRequest): Promise<PublishResult> {
  return logged(
    { step: 'publish', run: request.run },
    () => publishStep(request, dependencies),
    ({ version }) => ({ module: request.module, package: version }),
  );
}
