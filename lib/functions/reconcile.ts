/** The function that finds pushes whose webhook was lost. It may list and start runs, and read their reports. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { objectKeys } from '../../core/contract/keys';
import { RECONCILE_ENV } from '../../lambdas/shared/environment';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import type { StepResources } from './steps';

/** How long a lost push waits at most. A round usually makes one request to the git host and one to Step Functions. */
export const RECONCILE_PERIOD = Duration.minutes(15);

/** Makes the function and its schedule. A failed round is not repeated, because the next one does its work. */
export function reconcileFunction(
  scope: Construct,
  { platform, settings, store, secrets }: StepResources,
  stateMachine: StateMachine,
): LambdaFunction {
  const reconcile = nodeLambda(scope, 'Reconcile', platform, {
    description: 'Starts the runs of pushes whose webhook was lost',
    environment: lambdaEnvironment(RECONCILE_ENV, {
      settings,
      bucket: store.bucket.bucketName,
      gitSecret: secrets.gitReader,
      stateMachine: stateMachine.stateMachineArn,
    }),
    timeout: Duration.minutes(5),
    memory: 512,
    rights: [
      store.asking(),
      store.reading(objectKeys.report('*')),
      readingSecrets(secrets.gitReader),
      new PolicyStatement({
        actions: ['states:ListExecutions', 'states:StartExecution'],
        resources: [stateMachine.stateMachineArn],
      }),
    ],
  });
  new Rule(scope, 'ReconcileSchedule', {
    description: 'Looks for pushes whose webhook was lost',
    schedule: Schedule.rate(RECONCILE_PERIOD),
    targets: [new LambdaTarget(reconcile, { retryAttempts: 0, maxEventAge: RECONCILE_PERIOD })],
  });
  return reconcile;
}
