/** The AWS Lambda handler of the approval step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { ApprovalRequest } from '../../core/contract/release';
import { APPROVAL_ENV, readEnv } from '../shared/environment';
import { logged } from '../shared/log';
import { approvalStep } from './approval';

const env = readEnv(process.env, APPROVAL_ENV);
const dependencies = { store: createS3ObjectStore(new S3Client({}), env.bucket), clock: systemClock };

/** Stores the question, and returns at once. */
export function handler(request: ApprovalRequest): Promise<void> {
  return logged({ step: 'approval', run: request.run }, () => approvalStep(request, dependencies));
}
