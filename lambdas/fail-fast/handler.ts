/** The AWS Lambda handler of the fail-fast step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import type { FailFastRequest, FailFastResult } from '../../core/contract/job';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { failFastStep } from './fail-fast';

const env = readEnv(process.env, STEP_ENV['fail-fast']);
const dependencies = { store: createS3ObjectStore(new S3Client({}), env.bucket) };

/** Tells a job whether it may still start. */
export function handler(request: FailFastRequest): Promise<FailFastResult> {
  return logged(
    { step: 'fail-fast', run: request.run },
    () => failFastStep(request, dependencies),
    (result) => ({ ...result }),
  );
}
