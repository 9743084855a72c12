/** The function that asks a person to approve a run, and the topic that it tells. */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { objectKeys } from '../../core/contract/keys';
import { LAMBDA_ENV } from '../../lambdas/shared/environment';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import type { StepResources } from './steps';

/** Makes the approval function, which stores the task token that an approval uses. `announceApprovals` gives it the topic. */
export function approvalFunction(scope: Construct, { platform, variables, store }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'Approval', platform, {
    description: 'Asks a person to approve a run',
    environment: lambdaEnvironment(['settings', 'bucket', 'stack'], { ...variables, stack: Stack.of(scope).stackName }),
    timeout: Duration.minutes(1),
    memory: 256,
    rights: [
      store.asking(),
      store.reading(objectKeys.plan('*'), objectKeys.failure('*', '*')),
      store.writing(objectKeys.approval('*')),
    ],
  });
}

/** Lets the approval function tell the topic's subscribers about a run that waits. The topic is made after the state machine. */
export function announceApprovals(approval: LambdaFunction, topic: ITopic): void {
  approval.addEnvironment(LAMBDA_ENV.topic, topic.topicArn);
  approval.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
}
