/** Retries of ECR's API: by the real SDK client, which makes none of its own, within the run's budget and pace. */
import { BatchGetImageCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { createRetryBudget } from '../../../../adapters/http/retry';
import { createEcrClients, type EcrClient, patientEcrClient } from '../../../../adapters/registry/ecr/ecr-client';
import { RUN_RETRIES } from '../../../../adapters/registry/oci-registry';
import { type FakeAws, startFakeAws } from '../../../support/aws/fake-aws';
import { createStillClock } from '../../../support/pipeline/memory-state';

const command = new BatchGetImageCommand({ repositoryName: 'shop/auth', imageIds: [{ imageTag: 'v1.0.0' }] });
const put = new PutImageCommand({ repositoryName: 'shop/auth', imageManifest: '{}', imageTag: 'v1.0.0' });
const before = { ...process.env };
let aws: FakeAws;
let clock: ReturnType<typeof createStillClock>;

beforeEach(async () => {
  aws = await startFakeAws();
  clock = createStillClock();
  process.env = { ...before, AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
});
afterEach(async () => {
  process.env = before;
  await aws.stop();
});

function open(budget = createRetryBudget(200), pace?: () => Promise<void>): EcrClient {
  const patience = { clock, random: () => 1, retry: RUN_RETRIES, budget, ...(pace === undefined ? {} : { pace }) };
  return patientEcrClient(createEcrClients()('eu-central-1'), patience);
}

/** The first answers of every operation are the given ones. */
function answerFirst(...answers: readonly { readonly error: string }[]): void {
  const left = [...answers];
  for (const operation of ['BatchGetImage', 'PutImage']) {
    aws.answers.set(operation, () => left.shift() ?? { images: [] });
  }
}

test.each([
  ['throttled', { error: 'ThrottlingException' }],
  ['throttled in other words', { error: 'TooManyRequestsException' }],
  ['a fault of the service', { error: 'ServerException' }],
] as const)('%s is retried with the pipeline’s waits and without a retry of the SDK', async (_, answer) => {
  answerFirst(answer, answer);

  expect(await open().send(command)).toMatchObject({ images: [] });
  expect(aws.calls).toEqual(['BatchGetImage', 'BatchGetImage', 'BatchGetImage']);
  expect(clock.waited()).toBe(500 + 1000);
});

test.each([
  ['TimeoutError', 'ECONNRESET'],
  ['Error', 'ECONNREFUSED'],
])('a lost connection (%s, %s) is retried', async (name, code) => {
  // By hand: in a test's realm, Node's errors are no instances of the Error that the SDK knows, and lose name and code.
  const lost = Object.assign(new Error('socket hang up'), { name, code });
  const answers = [lost, lost];
  const client = { send: () => (answers.length > 0 ? Promise.reject(answers.pop()) : Promise.resolve({})) };
  const patience = { clock, random: () => 1, retry: RUN_RETRIES, budget: createRetryBudget(200) };

  expect(await patientEcrClient(client as unknown as EcrClient, patience).send(command)).toEqual({});
  expect(clock.waited()).toBe(500 + 1000);
});

test.each([
  'RepositoryNotFoundException',
  'ImageTagAlreadyExistsException',
  'AccessDeniedException',
  'LimitExceededException',
])('%s is final', async (error) => {
  answerFirst({ error });

  await expect(open().send(put)).rejects.toMatchObject({ name: error });
  expect(aws.calls).toEqual(['PutImage']);
});

test('retries end after the last try, and earlier if the budget is exhausted', async () => {
  aws.answers.set('BatchGetImage', () => ({ error: 'ServerException' }));

  await expect(open().send(command)).rejects.toMatchObject({ name: 'ServerException' });
  expect(aws.calls).toHaveLength(8);
  expect(clock.waited()).toBeGreaterThanOrEqual(20_000);

  await expect(open(createRetryBudget(2)).send(command)).rejects.toMatchObject({ name: 'ServerException' });
  expect(aws.calls).toHaveLength(8 + 3);
});

test('every try of a put waits for the rate limiter, and no other call does', async () => {
  answerFirst({ error: 'ThrottlingException' });
  let turns = 0;
  const client = open(createRetryBudget(200), async () => {
    turns += 1;
  });

  await client.send(put);
  await client.send(command);

  expect(aws.calls).toEqual(['PutImage', 'PutImage', 'BatchGetImage']);
  expect(turns).toBe(2);
});

test('each region has one client', () => {
  const clients = createEcrClients();

  expect(clients('eu-central-1')).toBeInstanceOf(ECRClient);
  expect(clients('eu-central-1')).toBe(clients('eu-central-1'));
  expect(clients('eu-central-1')).not.toBe(clients('eu-west-1'));
});
