/** Tells people how runs ended, also such as were stopped, ran out of time or broke the state machine itself. */
import { Aws, Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { objectKeys } from '../../core/contract/keys';
import type { ExecutionEnd } from '../../core/contract/report';
import { runNoticeText } from '../../core/report/notice';
import type { Settings } from '../../core/settings/schema';
import { NOTIFY_ENV } from '../../lambdas/shared/environment';
import { lambdaEnvironment, nodeLambda } from '../functions/node-lambda';
import type { StepResources } from '../functions/steps';
import { readingSecrets } from '../storage/secrets';

interface RunNoticesProps {
  readonly stateMachine: IStateMachine;
  readonly settings: Settings['notices'];
}

const BAD_ENDS: readonly ExecutionEnd[] = ['FAILED', 'TIMED_OUT', 'ABORTED'];

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
          status: settings.successes ? [...BAD_ENDS, 'SUCCEEDED' satisfies ExecutionEnd] : BAD_ENDS,
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

// The function that posts notices to chats. It may read reports and the chats' addresses, and nothing else.

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
