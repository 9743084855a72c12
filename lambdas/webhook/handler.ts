/** The webhook function in AWS. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createExecutionStarter, createPreviewStarter } from '../../adapters/aws/executions';
import { createWebhookSecrets } from '../../adapters/aws/secrets';
import { systemClock, withTimeout } from '../../adapters/clock';
import { parseSettings } from '../../core/settings/parse-settings';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { deliveryOf, LATE } from './delivery';
import { receiveStep } from './receive';

const env = readEnv(process.env, STEP_ENV.webhook);
const quick = { maxAttempts: 2, requestHandler: { connectionTimeout: 1000, requestTimeout: 2000 } };
const dependencies = {
  settings: parseSettings(JSON.parse(env.settings)),
  secrets: createWebhookSecrets(new SecretsManagerClient(quick), env.webhookSecret, systemClock),
  executions: createExecutionStarter(new SFNClient(quick), env.stateMachine),
  previews: createPreviewStarter(new LambdaClient(quick), env.previewFunction),
  clock: systemClock,
};

/** Replies to one delivery, and logs one line about it. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const answer = () => withTimeout(receiveStep(deliveryOf(event), dependencies), 5000, LATE);
  const {
    log: _,
    status,
    ...reply
  } = await logged({ step: 'webhook' }, answer, ({ log, ...told }) => ({ ...told, ...log }));
  return { statusCode: status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(reply) };
}
