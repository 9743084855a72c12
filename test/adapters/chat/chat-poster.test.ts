/** Messages to Slack and Teams over HTTP. No error contains the webhook address. */
import { text } from 'node:stream/consumers';
import { createChatPoster } from '../../../adapters/chat/chat-poster';
import type { Message } from '../../../core/ports/runs';
import { slackMessage, teamsMessage } from '../../../core/report/notice';
import type { Chat } from '../../../core/settings/schema';
import { type LoopbackServer, startServer } from '../../support/http/listen';
import { createStillClock } from '../../support/pipeline/memory-state';

const MESSAGE: Message = {
  title: 'Run x failed',
  isGood: false,
  lines: ['why'],
  links: [{ title: 'Run', url: 'https://a' }],
};
const PATH = '/services/T000/B000/s3cr3t-part';

let server: LoopbackServer;
let base: string;
let received: { path: string | undefined; type: string | undefined; body: string }[];
let answers: number[];

beforeEach(async () => {
  received = [];
  answers = [];
  server = await startServer(async (request, response) => {
    received.push({ path: request.url, type: request.headers['content-type'], body: await text(request) });
    const status = answers.shift() ?? 200;
    response.writeHead(status).end(status < 300 ? 'ok' : `no such hook ${request.url}`);
  });
  base = server.url;
});
afterEach(() => server.stop());

function poster(secret: string, allowLoopback = true) {
  return createChatPoster({ addresses: async () => secret, clock: createStillClock(), random: () => 0, allowLoopback });
}

const both = () => JSON.stringify({ slack: base + PATH, teams: `${base}/workflows/1?sig=s3cr3t-part` });

/** Returns the error of a post as text. */
async function failureOf(chat: Chat, secret: string, allowLoopback = true): Promise<string> {
  return poster(secret, allowLoopback)
    .post(chat, MESSAGE)
    .then(
      () => 'it was posted',
      (error: Error) => `${error.name}: ${error.message} ${JSON.stringify(error)} ${String(error.cause)}`,
    );
}

test('each chat gets its own format at its own address', async () => {
  answers = [200, 202];
  await poster(both()).post('slack', MESSAGE);
  await poster(both()).post('teams', MESSAGE);

  expect(received).toEqual([
    { path: PATH, type: 'application/json', body: JSON.stringify(slackMessage(MESSAGE)) },
    { path: '/workflows/1?sig=s3cr3t-part', type: 'application/json', body: JSON.stringify(teamsMessage(MESSAGE)) },
  ]);
});

test('a chat that is down for a moment is retried', async () => {
  answers = [503, 429, 200];
  await poster(both()).post('slack', MESSAGE);

  expect(received).toHaveLength(3);
});

test('the error for a deleted webhook names the host and the fix, but not the address', async () => {
  answers = [404];
  const told = await failureOf('slack', both());

  expect(told).toMatch(
    /^NoticeError: slack did not accept a notice: 127\.0\.0\.1:\d+ answered 404; make a new webhook/,
  );
  expect(told).not.toContain('s3cr3t-part');
});

test('the error for an unreachable host does not contain the address', async () => {
  const told = await failureOf('teams', JSON.stringify({ teams: 'http://127.0.0.1:1/workflows/1?sig=s3cr3t-part' }));

  expect(told).toContain('teams did not accept a notice: 127.0.0.1:1 answered ECONNREFUSED');
  expect(told).not.toContain('s3cr3t-part');
});

test.each([
  ['is empty JSON', '{}'],
  ['is no JSON', 's3cr3t-part'],
  ['has no address', '{"slack": "s3cr3t-part"}'],
])('the error for a secret that %s does not contain the secret', async (_, secret) => {
  const told = await failureOf('slack', secret);

  expect(told).toMatch(/^NoticeError: the secret of chats has no valid address for slack; put \{"slack": "https/);
  expect(told).not.toContain('s3cr3t-part');
});

test('a deployed pipeline refuses an address without TLS', async () => {
  expect(await failureOf('slack', both(), false)).toContain('has no valid address for slack');
  expect(received).toEqual([]);
});
