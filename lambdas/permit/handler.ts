/** Door of the permit step in AWS. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import type { PermitRequest, PermitResult } from '../../core/contract/job';
import { PERMIT_ENV, readEnv } from '../shared/environment';
import { logged } from '../shared/log';
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
