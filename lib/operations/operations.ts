/** The resources for operators: notices, alarms, saved queries and a dashboard. */
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { StepResources } from '../functions/steps';
import { Alarms, type AlarmsProps } from './alarms';
import { Dashboard, SavedQueries } from './dashboard';
import { notifyFunction, RunNotices } from './run-notices';

export interface OperationsProps extends Omit<AlarmsProps, 'deadLetters' | 'topic'> {
  readonly resources: StepResources;
  readonly api: HttpApi;
  /** Receives all notices and alarms. Default: a topic of the pipeline's own. */
  readonly existing?: ITopic | undefined;
  readonly key?: IKey | undefined;
}

export class Operations extends Construct {
  /** The topic of all notices and alarms. */
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { api, resources, existing, key, ...props }: OperationsProps) {
    super(scope, id);
    const { settings, stateMachine, project } = props;
    const { topic } = new RunNotices(this, 'Notices', { stateMachine, settings: settings.notices, existing, key });
    this.topic = topic;
    const { chat } = resources.secrets;
    // Functions are children of the pipeline, which keeps the names of their roles and logs short.
    if (chat !== undefined) notifyFunction(scope, resources, chat, topic);
    const { deadLetters } = resources.platform;
    const { alarms } = new Alarms(this, 'Alarms', { ...props, deadLetters, topic });
    const functions = scope.node.children.filter((child) => child instanceof LambdaFunction);
    new SavedQueries(this, 'Queries', { logs: functions.map(({ logGroup }) => logGroup) });
    if (settings.dashboard) new Dashboard(this, 'Dashboard', { alarms, stateMachine, project, api, functions });
  }
}
