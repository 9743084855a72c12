/** The AWS Lambda handler of the approval step. */
import { SNSClient } from '@aws-sdk/client-sns';
import { createTopicNotices } from '../../adapters/aws/topic-notices';
import { systemClock } from '../../adapters/clock';
import type { ApprovalRequest } from '../../core/contract/release';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { approvalStep } from './approval';

const { env, settings, store } = openStep('approval');
const dependencies = {
  settings,
  store,
  clock: systemClock,
  notices: createTopicNotices(new SNSClient({}), env.topic),
  place: `--stack ${env.stack}`,
};

/** Stores the question and tells people, and returns at once. */
export function handler(request: ApprovalRequest): Promise<void> {
  return logged({ step: 'approval', run: request.run }, () => approvalStep(request, dependencies));
}
