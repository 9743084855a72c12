import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createWebhookSecrets } from '../../../adapters/aws/secrets';
import { type FakeAws, startFakeAws } from '../../support/aws/fake-aws';

const DAY = 24 * 60 * 60 * 1000;
let aws: FakeAws;
let now: number;
/** The values of the secret by stage, and the time of the last change, in ms since 1970. */
let stages: Record<string, string>;
let changedAt: number;

beforeEach(async () => {
  aws = await startFakeAws();
  now = 1_760_000_000_000;
  stages = { AWSCURRENT: 'new', AWSPREVIOUS: 'old' };
  changedAt = now - 1000;
  aws.answers.set('GetSecretValue', ({ VersionStage = 'AWSCURRENT' }) => {
    const value = stages[VersionStage];
    return value === undefined
      ? { error: 'ResourceNotFoundException' }
      : { SecretString: value, CreatedDate: changedAt / 1000 };
  });
});
afterEach(() => aws.stop());

function secrets() {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new SecretsManagerClient({ endpoint: aws.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  return createWebhookSecrets(client, 'webhook', { now: () => now, sleep: async () => undefined });
}

test('the current secret comes first, then the previous one', async () => {
  expect(await secrets().current()).toEqual(['new', 'old']);
});

test('the current secret comes alone if there is no previous one', async () => {
  stages = { AWSCURRENT: 'new' };

  expect(await secrets().current()).toEqual(['new']);
});

test('the previous secret expires a day after the change', async () => {
  changedAt = now - DAY - 1;

  expect(await secrets().current()).toEqual(['new']);
});

test('many deliveries, concurrent ones included, share one read', async () => {
  const known = secrets();

  await Promise.all(Array.from({ length: 50 }, () => known.current()));
  now += 60_000;
  await known.current();

  expect(aws.calls).toHaveLength(2);
});

test('a refresh reads the secret again, but a flood of forged deliveries shares one refresh', async () => {
  const known = secrets();
  await known.current();
  stages = { AWSCURRENT: 'newest', AWSPREVIOUS: 'new' };

  expect(await known.refreshed()).toEqual(['new', 'old']);
  now += 31_000;
  const answers = await Promise.all(Array.from({ length: 50 }, () => known.refreshed()));

  expect(answers.every(([first]) => first === 'newest')).toBe(true);
  expect(await known.current()).toEqual(['newest', 'new']);
  expect(aws.calls).toHaveLength(4);
});

test('a failed read names the secret and is retried', async () => {
  stages = { AWSCURRENT: '' };
  const known = secrets();

  await expect(known.current()).rejects.toThrow(/secret webhook/);
  stages = { AWSCURRENT: 'new' };

  expect(await known.current()).toEqual(['new']);
});
