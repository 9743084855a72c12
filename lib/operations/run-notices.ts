/** Tells people how runs ended, including runs that were stopped, timed out or broke the state machine itself. */
import { Aws, CfnMapping, Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { objectKeys } from '../../core/contract/keys';
import { CONSOLE_HOSTS, type ExecutionEnd } from '../../core/contract/report';
import { runNoticeText } from '../../core/report/notice';
import type { Settings } from '../../core/settings/schema';
import { STEP_ENV } from '../../lambdas/shared/environment';
import { lambdaEnvironment, nodeLambda } from '../functions/node-lambda';
import type { StepResources } from '../functions/steps';
import { readingSecrets } from '../storage/secrets';

interface RunNoticesProps {
  readonly stateMachine: IStateMachine;
  readonly settings: Settings['notices'];
  /** An existing topic, whose policy lets EventBridge and CloudWatch publish. Default: the pipeline makes one. */
  readonly existing: ITopic | undefined;
  /** Encrypts the topic that is made. */
  readonly key: IKey | undefined;
}

const BAD_ENDS: readonly ExecutionEnd[] = ['FAILED', 'TIMED_OUT', 'ABORTED'];

/**
 * A topic to subscribe to. Its rule depends on the status of the execution and not on a state: `States.ALL` catches neither `States.Runtime`
 * nor `States.DataLimitExceeded`, and a stopped run can catch nothing.
 */
export class RunNotices extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { stateMachine, settings, existing, key }: RunNoticesProps) {
    super(scope, id);
    // By default not encrypted with AWS's own key for SNS, which neither EventBridge nor alarms may use. Notices contain only names.
    this.topic =
      existing ?? new Topic(this, 'Topic', { displayName: 'Image pipeline', enforceSSL: true, masterKey: key });
    for (const email of settings.emails) this.topic.addSubscription(new EmailSubscription(email));
    this.topic.addToResourcePolicy(alarmsOfThisAccount(this.topic.topicArn));
    const rule = new Rule(this, 'Rule', {
      description: 'Ends of runs that people are told about',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [stateMachine.stateMachineArn],
          status: settings.successes ? [...BAD_ENDS, 'SUCCEEDED' satisfies ExecutionEnd] : BAD_ENDS,
        },
      },
    });
    // The topic policy names no rule: EventBridge sends SNS nothing that such a condition could match.
    rule.addTarget(new SnsTopic(this.topic, { message: this.notice() }));
  }

  /** One line with the run's name and a link to its page in the console of the partition. */
  private notice(): RuleTargetInput {
    const hosts = new CfnMapping(this, 'Consoles', {
      lazy: true,
      mapping: Object.fromEntries(Object.entries(CONSOLE_HOSTS).map(([partition, host]) => [partition, { host }])),
    });
    const run = EventField.fromPath('$.detail.name');
    const status = EventField.fromPath('$.detail.status');
    const execution = EventField.fromPath('$.detail.executionArn');
    const origin = `https://${Aws.REGION}.${hosts.findInMap(Aws.PARTITION, 'host')}`;
    const page = `${origin}/states/home?region=${Aws.REGION}#/v2/executions/details/${execution}`;
    return RuleTargetInput.fromText(runNoticeText(run, status, page));
  }
}

/** Only alarms of this account may publish. */
function alarmsOfThisAccount(topicArn: string): PolicyStatement {
  return new PolicyStatement({
    actions: ['sns:Publish'],
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    resources: [topicArn],
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  });
}

/** Makes the function that posts notices to chats. It may read reports and the chats' addresses (`chatSecret`, an ARN), and nothing else. */
export function notifyFunction(
  scope: Construct,
  { platform, variables, store }: StepResources,
  chatSecret: string,
  topic: ITopic,
): LambdaFunction {
  const notify = nodeLambda(scope, 'Notify', platform, {
    description: 'Posts notices to Slack and Teams',
    environment: lambdaEnvironment(STEP_ENV.notify, { ...variables, chatSecret }),
    timeout: Duration.minutes(2),
    memory: 256,
    asynchronous: true,
    // It has no right to list. A missing report then looks like one that may not be read, which is the same here.
    rights: [store.reading(objectKeys.report('*')), readingSecrets(chatSecret)],
  });
  topic.addSubscription(new LambdaSubscription(notify));
  return notify;
}
