/** What operating the pipeline needs: notices, alarms, saved queries and a dashboard. */
import { Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Settings } from '../../core/settings/schema';
import type { StepResources } from '../functions/steps';
import { Alarms } from './alarms';
import { Dashboard, SavedQueries } from './dashboard';
import { notifyFunction, RunNotices } from './run-notices';

export interface OperationsProps {
  readonly settings: Settings;
  readonly resources: StepResources;
  readonly stateMachine: StateMachine;
  readonly project: IProject;
  readonly moduleProject?: IProject | undefined;
  readonly api: HttpApi;
  readonly webhook: IFunction;
  readonly reconcile: IFunction;
}

export class Operations extends Construct {
  /** The topic of all notices and alarms. */
  readonly topicArn: string;

  constructor(scope: Construct, id: string, { api, resources, ...props }: OperationsProps) {
    super(scope, id);
    const { settings, stateMachine, project } = props;
    const { topic } = new RunNotices(this, 'Notices', { stateMachine, settings: settings.notices });
    this.topicArn = topic.topicArn;
    const { chat } = resources.secrets;
    // Functions are children of the stack, which keeps the names of their roles and logs short.
    const stack = Stack.of(this);
    if (chat !== undefined) notifyFunction(stack, resources, chat, topic);
    const { deadLetters } = resources.platform;
    const { alarms } = new Alarms(this, 'Alarms', { ...props, deadLetters, topic });
    const functions = stack.node.children.filter((child) => child instanceof LambdaFunction);
    new SavedQueries(this, 'Queries', { logs: functions.map(({ logGroup }) => logGroup) });
    if (settings.dashboard) new Dashboard(this, 'Dashboard', { alarms, stateMachine, project, api, functions });
  }
}
