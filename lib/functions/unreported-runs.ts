/** The rule by which every run is reported, however it ends. */
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/**
 * Calls the report function after every run that did not succeed. Most of them have reported themselves, which the function notices.
 * It depends on the execution's status, because `States.ALL` catches neither `States.Runtime` nor `States.DataLimitExceeded`, and a stopped
 * run can catch nothing. Events that do not reach the function go to `deadLetters`.
 */
export function reportAllEnds(
  scope: Construct,
  stateMachine: IStateMachine,
  report: IFunction,
  deadLetters: IQueue,
): Rule {
  return new Rule(scope, 'UnreportedRuns', {
    description: 'Runs that may not have been able to report their end',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [stateMachine.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
    targets: [new LambdaTarget(report, { deadLetterQueue: deadLetters })],
  });
}
