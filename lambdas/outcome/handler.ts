/** The AWS Lambda handler of the outcome step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import type { BuildOutcome, OutcomeRequest } from '../../core/contract/job';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { outcomeStep } from './outcome';

const env = readEnv(process.env, STEP_ENV.outcome);
const dependencies = { store: createS3ObjectStore(new S3Client({}), env.bucket) };

/** Explains a job that did not succeed. */
export function handler(request: OutcomeRequest): Promise<BuildOutcome> {
  return logged(
    { step: 'outcome', run: request.run },
    () => outcomeStep(request, dependencies),
    (outcome) => ({ ...outcome }),
  );
}
