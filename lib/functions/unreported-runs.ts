/** Has every run reported, whatever its end. */
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/**
 * Calls the report function with the end of every run that did not succeed. Most have reported it themselves, which the function sees. It
 * hangs on the status of the execution: `States.ALL` catches neither `States.Runtime` nor `States.DataLimitExceeded`, and nothing can be
 * caught in a run that was stopped.
 */
export function reportAllEnds(scope: Construct, stateMachine: IStateMachine, report: IFunction): Rule {
  return new Rule(scope, 'UnreportedRuns', {
    description: 'Runs that may not have been able to report their end',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [stateMachine.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
    targets: [new LambdaTarget(report)],
  });
}
