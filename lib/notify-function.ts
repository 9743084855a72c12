/** The function that posts notices to chats. It may read reports and the chats' addresses, and nothing else. */
import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { objectKeys } from '../core/keys';
import { NOTIFY_ENV } from '../lambdas/notify/env';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import { readingSecrets } from './secrets';
import type { StepResources } from './steps';

/** Subscribed to the topic; Lambda tries a notice three times. `chatSecret` is the ARN of the secret with the addresses. */
export function notifyFunction(
  scope: Construct,
  { settings, store }: Pick<StepResources, 'settings' | 'store'>,
  chatSecret: string,
  topic: ITopic,
): LambdaFunction {
  const notify = nodeLambda(scope, 'Notify', {
    description: 'Posts notices to Slack and Teams',
    environment: lambdaEnvironment(NOTIFY_ENV, { settings, bucket: store.bucket.bucketName, chatSecret }),
    timeout: Duration.minutes(2),
    memory: 256,
    // Without the right to list, a report that is not there looks like one that may not be read: both are no report.
    rights: [store.reading(objectKeys.report('*')), readingSecrets(chatSecret)],
  });
  topic.addSubscription(new LambdaSubscription(notify));
  return notify;
}
