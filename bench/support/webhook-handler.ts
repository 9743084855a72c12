/** Measures one delivery at the warm webhook function: its real handler and SDK clients, with AWS on loopback. */
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Settings } from '../../core/settings/schema';
import { LAMBDA_ENV } from '../../lambdas/shared/environment';
import { startFakeAws } from '../../test/support/aws/fake-aws';
import type { Round } from './measure';
import { httpEvent } from './webhook-delivery';

const STATE_MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:Pipeline';

/** Alternates between a delivery that starts a run and the bare call, which is the floor. Drops the first `warmUp` rounds. */
export async function timeHandler(
  settings: Settings,
  secret: string,
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
): Promise<readonly Round[]> {
  const aws = await startFakeAws();
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL: aws.url,
    [LAMBDA_ENV.settings]: JSON.stringify(settings),
    [LAMBDA_ENV.webhookSecret]: 'webhook',
    [LAMBDA_ENV.previewFunction]: 'preview',
    [LAMBDA_ENV.stateMachine]: STATE_MACHINE,
  });
  aws.answers.set('GetSecretValue', ({ VersionStage }) =>
    VersionStage === undefined ? { SecretString: secret, CreatedDate: 1 } : { error: 'ResourceNotFoundException' },
  );
  aws.answers.set('DescribeExecution', () => ({ error: 'ExecutionDoesNotExist' }));
  aws.answers.set('StartExecution', () => ({ executionArn: 'x', startDate: 1 }));
  const { handler } = await import('../../lambdas/webhook/handler');
  const client = new SFNClient({});
  const timed: Round[] = [];
  for (let round = 0; round < rounds + warmUp; round += 1) {
    const ref = 'refs/heads/develop';
    const event = httpEvent({ ref, after: round.toString(16).padStart(40, 'a') }, secret);
    const began = performance.now();
    const { statusCode } = await silently(() => handler(event as unknown as APIGatewayProxyEventV2));
    const answered = performance.now();
    if (statusCode !== 202) throw new Error(`the function answered ${statusCode}, not 202`);
    await client.send(
      new StartExecutionCommand({ stateMachineArn: STATE_MACHINE, name: `bare-${round}`, input: '{}' }),
    );
    timed.push({ work: answered - began, floor: performance.now() - answered });
  }
  client.destroy();
  await aws.stop();
  return timed.slice(warmUp);
}

/** Runs the work and keeps the function's log off the terminal. */
async function silently<Result>(work: () => Promise<Result>): Promise<Result> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}
