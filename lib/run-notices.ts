/** Tells people how runs ended, also such as were stopped, ran out of time or broke the state machine itself. */
import { Aws } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type RunEnd, runNoticeText } from '../core/notice/notice';
import type { Settings } from '../core/settings';

export interface RunNoticesProps {
  readonly stateMachine: IStateMachine;
  readonly settings: Settings['notices'];
}

const BAD_ENDS: readonly RunEnd[] = ['FAILED', 'TIMED_OUT', 'ABORTED'];

/**
 * A topic to subscribe to. It hangs on the status of the execution, not on a state: `States.ALL` catches neither `States.Runtime` nor
 * `States.DataLimitExceeded`, and nothing can be caught in a run that was stopped.
 */
export class RunNotices extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { stateMachine, settings }: RunNoticesProps) {
    super(scope, id);
    // Not encrypted with AWS's own key for SNS, because that key lets neither EventBridge nor alarms in. Notices hold names only.
    this.topic = new Topic(this, 'Topic', { displayName: 'Image pipeline', enforceSSL: true });
    for (const email of settings.emails) this.topic.addSubscription(new EmailSubscription(email));
    this.topic.addToResourcePolicy(alarmsOfThisAccount(this.topic.topicArn));
    const rule = new Rule(this, 'Rule', {
      description: 'Runs that ended in a way that somebody is to be told',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [stateMachine.stateMachineArn],
          status: settings.successes ? [...BAD_ENDS, 'SUCCEEDED' satisfies RunEnd] : BAD_ENDS,
        },
      },
    });
    // Its topic policy names no source rule: EventBridge gives SNS nothing that such a condition could be true of.
    rule.addTarget(new SnsTopic(this.topic, { message: notice() }));
  }
}

/** Alarms may publish, those of this account alone. */
function alarmsOfThisAccount(topicArn: string): PolicyStatement {
  return new PolicyStatement({
    actions: ['sns:Publish'],
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    resources: [topicArn],
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  });
}

/** One line with the run's name and where to look. */
function notice(): RuleTargetInput {
  const run = EventField.fromPath('$.detail.name');
  const status = EventField.fromPath('$.detail.status');
  const execution = EventField.fromPath('$.detail.executionArn');
  const console = `https://${Aws.REGION}.console.aws.amazon.com/states/home?region=${Aws.REGION}`;
  return RuleTargetInput.fromText(runNoticeText(run, status, `${console}#/v2/executions/details/${execution}`));
}
