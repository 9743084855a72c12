/** The only public door: `POST /webhook`. The function behind it checks the signature before it reads anything else. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Far more than a team pushes, and little enough that a flood costs nothing to speak of. Git hosts keep what is refused. */
const THROTTLE = { rateLimit: 10, burstLimit: 20 };

export interface WebhookEndpointProps {
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
