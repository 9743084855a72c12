/** Requests of checks against servers that answer, hang, break off or are not there. */
import { createServer, type RequestListener } from 'node:http';
import { createCheckSender } from '../../../adapters/http/send-check';
import { unexpectedReply } from '../../../core/rollout/judge-reply';
import type { HttpCheck } from '../../../core/settings/environment-schema';
import { listen } from '../../support/http/listen';

const SECRET = 's3cret-value';
const sender = createCheckSender(async (name) => {
  if (name === 'token') return `${SECRET}\n`;
  throw new Error(`there is no secret ${name}`);
});

let stop: () => Promise<void> = async () => undefined;
afterEach(() => stop());

async function serve(answer: RequestListener, part: Partial<HttpCheck> = {}): Promise<HttpCheck> {
  const server = await listen(createServer(answer));
  stop = server.stop;
  return {
    url: `${server.url}/health`,
    method: 'GET',
    headers: {},
    seconds: 2,
    retries: 0,
    expect: { status: 200 },
    ...part,
  };
}

describe('a check', () => {
  test('gets status, headers and body, and sends a secret with its prefix', async () => {
    const check = await serve(
      (request, response) => {
        response.setHeader('x-auth', request.headers.authorization === `Bearer ${SECRET}` ? 'yes' : 'no');
        response.statusCode = 503;
        response.end('down');
      },
      { headers: { authorization: { fromSecret: 'token', prefix: 'Bearer ' } } },
    );

    const answer = await sender.send(check);

    expect(answer).toMatchObject({ kind: 'reply', status: 503, body: 'down' });
    expect(answer.kind === 'reply' && answer.header('X-Auth')).toBe('yes');
  });

  test('follows no redirect, so that a login goes to no other host', async () => {
    const check = await serve((_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());

    expect(await sender.send(check)).toMatchObject({ kind: 'reply', status: 302 });
  });

  test('that hangs is late, before or within the body', async () => {
    const silent = await serve(() => undefined, { seconds: 0.2 });
    expect(await sender.send(silent)).toEqual({ kind: 'late' });
    await stop();

    const halting = await serve((_, response) => void response.writeHead(200).write('a'), { seconds: 0.2 });
    expect(await sender.send(halting)).toEqual({ kind: 'late' });
  });

  test('of an address without a server, or that breaks off, is unknown and not failed', async () => {
    const check = await serve((request) => void request.socket.destroy());
    expect(await sender.send(check)).toMatchObject({ kind: 'unreachable' });

    await stop();
    expect(await sender.send(check)).toEqual({ kind: 'unreachable', why: 'it cannot be reached: ECONNREFUSED' });
  });

  test('whose secret is missing or cannot be a header says so without a value', async () => {
    const check = await serve((_, response) => void response.end());
    const missing = { ...check, headers: { authorization: { fromSecret: 'none', prefix: '' } } };
    expect(await sender.send(missing)).toEqual({ kind: 'unreachable', why: 'Error: there is no secret none' });

    const broken = { ...check, headers: { authorization: { fromSecret: 'token', prefix: 'a\nb' } } };
    expect(JSON.stringify(await sender.send(broken))).not.toContain(SECRET);
  });

  test('reads no more than a mebibyte', async () => {
    const check = await serve((_, response) => void response.end('x'.repeat(3 * 1024 * 1024)));
    const answer = await sender.send(check);

    expect(answer.kind === 'reply' && answer.body.length).toBe(1024 * 1024);
  });
});

describe('a reply is as expected', () => {
  const reply = (body: string, status = 200) => ({
    status,
    body,
    header: (name: string) => (name === 'x-a' ? 'one two' : null),
  });

  test.each([
    [reply(''), { status: 200 }, undefined],
    [reply('', 500), { status: 200 }, 'answered 500, not 200'],
    [reply('all fine'), { status: 200, body: 'fine' }, undefined],
    [reply('all fine'), { status: 200, body: 'bad' }, "the body does not contain 'bad'"],
    [reply(''), { status: 200, headers: { 'x-a': 'two' } }, undefined],
    [reply(''), { status: 200, headers: { 'x-b': 'two' } }, "the header x-b does not contain 'two'"],
    [reply('{"a":{"b":[1,null]}}'), { status: 200, json: { 'a.b.0': 1, 'a.b.1': null } }, undefined],
    [reply('{"a.b":true}'), { status: 200, json: { 'a.b': true } }, undefined],
    [reply('{"a":"secret"}'), { status: 200, json: { a: 'up' } }, 'a in the body is not "up"'],
    [reply('<html>'), { status: 200, json: { a: 'up' } }, 'the body is not JSON'],
    [reply('{}'), { status: 200, json: { '__proto__.x': 1 } }, '__proto__.x in the body is not 1'],
  ])('%#', (given, expected, why) => {
    expect(unexpectedReply(given, expected as HttpCheck['expect'])).toBe(why);
  });
});
