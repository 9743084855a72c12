/** The AWS Lambda handler of the approval step. */
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { createTopicNotices } from '../../adapters/aws/topic-notices';
import { systemClock } from '../../adapters/clock';
import type { ApprovalRequest } from '../../core/contract/release';
import { parseSettings } from '../../core/settings/parse-settings';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { approvalStep } from './approval';

const env = readEnv(process.env, STEP_ENV.approval);
const dependencies = {
  settings: parseSettings(JSON.parse(env.settings)),
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
  notices: createTopicNotices(new SNSClient({}), env.topic),
  place: `--stack ${env.stack}`,
};

/** Stores the question and tells people, and returns at once. */
export function handler(request: ApprovalRequest): Promise<void> {
  return logged({ step: 'approval', run: request.run }, () => approvalStep(request, dependencies));
}
