/** The public endpoint and the function behind it, which may start runs and previews, look up a run, and nothing else. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { STEP_ENV } from '../../lambdas/shared/environment';
import { executionsOf, pipelineName } from '../naming';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import type { StepResources } from './steps';

interface WebhookEndpointProps {
  readonly receiver: IFunction;
  readonly logRetention: RetentionDays;
}

/** Much more than a team pushes, and so little that a flood costs next to nothing. Git hosts keep refused deliveries. */
const THROTTLE = { rateLimit: 10, burstLimit: 20 };

/** The only public endpoint: `POST /webhook`. The receiver checks the signature before it reads anything else. */
export class WebhookEndpoint extends Construct {
  /** The address to enter at the git host. */
  readonly url: string;
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, { receiver, logRetention }: WebhookEndpointProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: pipelineName(this),
      description: 'Receives webhooks of the git host',
      createDefaultStage: false,
    });
    this.api.addRoutes({
      path: '/webhook',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Receiver', receiver),
    });
    const log = new LogGroup(this, 'AccessLog', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: { destination: new LogGroupLogDestination(log) },
    });
    this.url = `${stage.url}webhook`;
  }
}

/** Makes the webhook function. `concurrency` is reserved for it, if given. */
export function webhookFunction(
  scope: Construct,
  { platform, variables, secrets }: StepResources,
  stateMachine: StateMachine,
  preview: IFunction,
  concurrency: number | undefined,
): LambdaFunction {
  return nodeLambda(scope, 'Webhook', platform, {
    description: 'Checks a delivery of the git host and starts a run for it',
    environment: lambdaEnvironment(STEP_ENV.webhook, {
      ...variables,
      webhookSecret: secrets.webhook,
      stateMachine: stateMachine.stateMachineArn,
      previewFunction: preview.functionArn,
    }),
    // The git host gives up after 10 seconds.
    timeout: Duration.seconds(9),
    memory: 512,
    concurrency,
    rights: [readingSecrets(secrets.webhook), ...startingRuns(stateMachine, preview)],
  });
}

/** Returns the rights to start a run or a preview, and to look up a run. */
export function startingRuns(stateMachine: StateMachine, preview: IFunction): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] }),
    new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [preview.functionArn] }),
    new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executionsOf(stateMachine)] }),
  ];
}
