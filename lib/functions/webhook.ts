/** The function behind the public door. It may start runs and previews, see if a run is there already, and nothing else. */
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { WEBHOOK_ENV } from '../../lambdas/shared/environment';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
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

// The only public door: `POST /webhook`. The function behind it checks the signature before it reads anything else.

/** Far more than a team pushes, and little enough that a flood costs nothing to speak of. Git hosts keep what is refused. */
const THROTTLE = { rateLimit: 10, burstLimit: 20 };

interface WebhookEndpointProps {
  readonly receiver: IFunction;
}

export class WebhookEndpoint extends Construct {
  /** The address to enter at the git host. */
  readonly url: string;
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, { receiver }: WebhookEndpointProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      description: 'Receives webhooks of the git host',
      createDefaultStage: false,
    });
    this.api.addRoutes({
      path: '/webhook',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Receiver', receiver),
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLog', {
            retention: RetentionDays.THREE_MONTHS,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
      },
    });
    this.url = `${stage.url}webhook`;
  }
}
