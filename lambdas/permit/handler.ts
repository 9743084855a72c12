/** Door of the permit step in AWS. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import type { PermitRequest, PermitResult } from '../../core/run-end';
import { readEnv } from '../env';
import { logged } from '../log';
import { PERMIT_ENV } from './env';
import { permitStep } from './permit';

const env = readEnv(process.env, PERMIT_ENV);
const dependencies = { store: createS3ObjectStore(new S3Client({}), env.bucket) };

/** Says whether a job may start. */
export function handler(request: PermitRequest): Promise<PermitResult> {
  return logged(
    { step: 'permit', run: request.run },
    () => permitStep(request, dependencies),
    (result) => ({ ...result }),
  );
}
