/** The function behind the public door. It may start runs and previews, see if a run is there already, and nothing else. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { WEBHOOK_ENV } from '../lambdas/webhook/env';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import { readingSecrets } from './secrets';
import type { StepResources } from './steps';

/** Starts runs of the state machine. `concurrency` is kept free for it, if given. */
export function webhookFunction(
  scope: Construct,
  { settings, secrets }: StepResources,
  stateMachine: StateMachine,
  preview: IFunction,
  concurrency: number | undefined,
): LambdaFunction {
  const executions = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachine.stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return nodeLambda(scope, 'Webhook', {
    description: 'Checks a delivery of the git host and starts a run for it',
    environment: lambdaEnvironment(WEBHOOK_ENV, {
      settings,
      webhookSecret: secrets.webhook,
      stateMachine: stateMachine.stateMachineArn,
      previewFunction: preview.functionArn,
    }),
    // The git host gives up after 10 seconds.
    timeout: Duration.seconds(9),
    memory: 512,
    concurrency,
    rights: [
      readingSecrets(secrets.webhook),
      new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] }),
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [preview.functionArn] }),
      new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executions] }),
    ],
  });
}
