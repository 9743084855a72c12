/** Tells people about runs that did not succeed, also about such as were stopped, ran out of time or broke the state machine itself. */
import { Aws } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface FailureNoticesProps {
  readonly stateMachine: IStateMachine;
}

/**
 * A topic to subscribe to. It hangs on the status of the execution, not on a state: `States.ALL` catches neither `States.Runtime` nor
 * `States.DataLimitExceeded`, and nothing can be caught in a run that was stopped.
 */
export class FailureNotices extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { stateMachine }: FailureNoticesProps) {
    super(scope, id);
    // Not encrypted with AWS's own key for SNS, because that key does not let EventBridge in. Notices hold names only.
    this.topic = new Topic(this, 'Topic', { displayName: 'Image pipeline', enforceSSL: true });
    const rule = new Rule(this, 'Rule', {
      description: 'Runs that failed, were stopped or ran out of time',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachine.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
    });
    // Its topic policy names no source rule: EventBridge gives SNS nothing that such a condition could be true of.
    rule.addTarget(new SnsTopic(this.topic, { message: notice() }));
  }
}

/** One line with the run's name and where to look. */
function notice(): RuleTargetInput {
  const run = EventField.fromPath('$.detail.name');
  const status = EventField.fromPath('$.detail.status');
  const execution = EventField.fromPath('$.detail.executionArn');
  const console = `https://${Aws.REGION}.console.aws.amazon.com/states/home?region=${Aws.REGION}`;
  return RuleTargetInput.fromText(
    `Run ${run} ended as ${status}. What it did: ${console}#/v2/executions/details/${execution}`,
  );
}
