/** The door of the notify step, once: the real SDK client over HTTP, and a log that holds no address, whatever goes wrong. */
import type { SNSEvent } from 'aws-lambda';
import { LAMBDA_ENV } from '../../../lambdas/shared/environment';
import { type FakeAws, startFakeAws } from '../../support/aws/fake-aws';

const SECRET = 's3cr3t-part';

let aws: FakeAws;
let before: NodeJS.ProcessEnv;
let lines: string[];

beforeAll(async () => {
  aws = await startFakeAws();
  before = { ...process.env };
  lines = [];
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ENDPOINT_URL: aws.url,
    [LAMBDA_ENV.settings]: JSON.stringify({
      git: { host: 'github', repository: 'team/monorepo' },
      releases: { host: 'registry.example', namespace: 'team' },
      candidates: { host: 'registry.example', repository: 'candidates' },
      notices: { chats: ['slack', 'teams'] },
    }),
    [LAMBDA_ENV.bucket]: 'bucket',
    [LAMBDA_ENV.chatSecret]: 'chats',
  });
  // Without TLS no address is one, so that nothing is sent.
  const addresses = { slack: `http://hooks.slack.com/${SECRET}`, teams: `http://teams.example/?sig=${SECRET}` };
  aws.answers.set('GetSecretValue', () => ({ SecretString: JSON.stringify(addresses), CreatedDate: 1 }));
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});
afterAll(async () => {
  process.env = before;
  jest.restoreAllMocks();
  await aws.stop();
});

test('fails so that Lambda retries, and logs the reason without the addresses', async () => {
  const { handler } = await import('../../../lambdas/notify/handler');
  const event = { Records: [{ Sns: { Message: 'a person wrote this' } }] } as unknown as SNSEvent;

  const error: Error = await handler(event).then(
    () => new Error('it was posted'),
    (reason: Error) => reason,
  );

  expect(error.message).toMatch(/no valid address for slack.*no valid address for teams/);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ message: 'step failed', step: 'notify', cause: error.message }),
  ]);
  expect(error.message + lines.join('')).not.toContain(SECRET);
});
