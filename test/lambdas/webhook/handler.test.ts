/** The handler with a real event, real SDK clients over HTTP, and its log. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { withTimeout } from '../../../adapters/clock';
import { LAMBDA_ENV } from '../../../lambdas/shared/environment';
import { type FakeAws, startFakeAws } from '../../support/aws/fake-aws';
import { deliver, pushPayload, SECRET, settings } from './deliveries';

let aws: FakeAws;
let before: NodeJS.ProcessEnv;
let log: jest.SpyInstance;

beforeAll(async () => {
  aws = await startFakeAws();
  before = { ...process.env };
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ENDPOINT_URL: aws.url,
    [LAMBDA_ENV.settings]: JSON.stringify(settings),
    [LAMBDA_ENV.webhookSecret]: 'webhook',
    [LAMBDA_ENV.previewFunction]: 'preview',
    [LAMBDA_ENV.stateMachine]: 'arn:aws:states:eu-central-1:123456789012:stateMachine:Pipeline',
  });
  aws.answers.set('GetSecretValue', ({ VersionStage }) =>
    VersionStage === undefined ? { SecretString: SECRET, CreatedDate: 1 } : { error: 'ResourceNotFoundException' },
  );
  aws.answers.set('DescribeExecution', () => ({ error: 'ExecutionDoesNotExist' }));
  aws.answers.set('StartExecution', () => ({ executionArn: 'x', startDate: 1 }));
  log = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterAll(async () => {
  process.env = before;
  log.mockRestore();
  await aws.stop();
});

function eventOf(payload: unknown): APIGatewayProxyEventV2 {
  const { headers, body } = deliver(payload);
  return { headers, body: body.toString('base64'), isBase64Encoded: true } as unknown as APIGatewayProxyEventV2;
}

test('work that takes too long is replaced by the late reply', async () => {
  const late = { status: 503 };

  expect(await withTimeout(new Promise<typeof late>(() => undefined), 20, late)).toBe(late);
  expect(await withTimeout(Promise.resolve({ status: 200 }), 20, late)).toEqual({ status: 200 });
  await expect(withTimeout(Promise.reject(new Error('x')), 20, late)).rejects.toThrow('x');
});

test('the handler answers and logs an authentic push and a forged one', async () => {
  const { handler } = await import('../../../lambdas/webhook/handler');

  const started = await handler(eventOf(pushPayload()));
  const forged = await handler({ ...eventOf(pushPayload()), body: 'e30=' });

  expect(started.statusCode).toBe(202);
  expect(JSON.parse(started.body ?? '')).toMatchObject({
    result: 'started',
    run: expect.stringMatching(/^push-develop-/),
  });
  expect(forged.statusCode).toBe(401);
  expect(aws.calls).toEqual(['GetSecretValue', 'GetSecretValue', 'DescribeExecution', 'StartExecution']);
  expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      message: 'step done',
      step: 'webhook',
      run: expect.stringMatching(/^push-develop-/),
      seconds: expect.any(Number),
      status: 202,
      ref: 'refs/heads/develop',
      repositoryId: 123456,
    }),
    expect.objectContaining({ message: 'step done', step: 'webhook', status: 401 }),
  ]);
});
