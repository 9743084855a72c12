/** Errors with the reason that a server or a connection gave, and whether another try may succeed. */
import { Readable } from 'node:stream';
import {
  createRedactor,
  describeErrorBody,
  describeFailure,
  describeRefusal,
  readServerMessage,
  speaksNoTls,
} from '../../../adapters/http/describe-failure';
import { BrokenReplyError, HttpError } from '../../../adapters/http/http-error';
import type { HttpRequest } from '../../../adapters/http/http-request';
import { ERROR_NAMES } from '../../../core/contract/errors';
import { madeReply } from '../../support/http/made-reply';

const ONE = `sha256:${'1'.repeat(64)}`;
const TWO = `sha256:${'2'.repeat(64)}`;

describe('the reason in an error body', () => {
  const bodies: readonly (readonly [string, string, object])[] = [
    ['registry', '{"errors":[{"code":"DENIED","message":"no\\nway"}]}', { code: 'DENIED', message: 'no way' }],
    ['git host', '{"message":"Not Found","documentation_url":"x"}', { message: 'Not Found' }],
    ['Bitbucket', '{"type":"error","error":{"message":"Invalid pagelen"}}', { message: 'Invalid pagelen' }],
    ['token service', '{"details":"incorrect password"}', { message: 'incorrect password' }],
    ['OAuth2', '{"error":"invalid_grant","error_description":"expired"}', { message: 'expired' }],
    [
      'HTML',
      '<html><body>token=abc</body></html>',
      { message: 'the server answered with an HTML page instead of JSON' },
    ],
    ['text', 'token=abc', { message: 'the server answered with text instead of JSON' }],
    ['nothing', ' ', { message: 'the server gave no reason' }],
    [
      'registry that does not know the reason at first',
      '{"errors":[{"code":"UNKNOWN","message":"unknown error"},{"code":"unknown"},{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown"}]}',
      { code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown' },
    ],
    [
      'registry that does not know the reason at all',
      '{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}',
      { code: 'UNKNOWN', message: 'unknown error' },
    ],
    [
      'registry with several reasons and their details',
      `{"errors":[{"code":"A","message":"no","detail":{"Name":"x","d":["${ONE}"]}},{"code":"B","message":"neither","detail":"of it"},{"code":"C","message":"no","detail":{"d":"${ONE}"}}]}`,
      { code: 'A', message: `no: ${ONE}; neither: of it` },
    ],
    ['page after white space', ' \n<p>', { message: 'the server answered with an HTML page instead of JSON' }],
    ['text with a comparison', 'a <b', { message: 'the server answered with text instead of JSON' }],
    [
      'registry with a reason that has no code, and one that has',
      '{"errors":[{"message":"general"},{"code":"DENIED","message":"no"}]}',
      { code: 'DENIED', message: 'no' },
    ],
    [
      'registry with a code that begins like UNKNOWN',
      '{"errors":[{"code":"UNKNOWN","message":"no idea"},{"code":"UNKNOWN_BLOB","message":"no blob"}]}',
      { code: 'UNKNOWN_BLOB', message: 'no blob' },
    ],
    [
      'registry with an entry that is none, and one without words',
      '{"errors":[null,{"code":"A"},{"code":"B","message":"no"}]}',
      { code: 'A', message: 'no' },
    ],
    ['host with an empty message', '{"message":"","details":"why"}', { message: 'why' }],
    ['host with a message of many lines', '{"message":" a \\n\\t\\n b "}', { message: 'a b' }],
    ['host with a long code', `{"code":"${'C'.repeat(100)}","message":"m"}`, { code: 'C'.repeat(60), message: 'm' }],
    [
      'registry that repeats its detail in its message',
      `{"errors":[{"code":"A","message":"no ${ONE}","detail":"${ONE}"}]}`,
      { code: 'A', message: `no ${ONE}` },
    ],
    [
      'registry that names two digests',
      `{"errors":[{"code":"A","message":"no","detail":["${ONE}","${TWO}","${ONE}"]}]}`,
      { code: 'A', message: `no: ${ONE}, ${TWO}` },
    ],
    ['null', 'null', { message: 'the server gave no reason' }],
    ['a number', '7', { message: 'the server gave no reason' }],
    ['odd shapes', '{"errors":[7],"message":{"a":1}}', { message: 'the server gave no reason' }],
    ['a long story', `{"message":"${'x'.repeat(1000)}"}`, { message: 'x'.repeat(300) }],
  ];
  test.each(bodies)('of a %s', (_, text, expected) => {
    expect(describeErrorBody('', text)).toEqual(expected);
  });
});

test.each([
  ['Go', 'Client sent an HTTP request to an HTTPS server.\n'],
  ['nginx', '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>'],
  ['Apache', "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.</p>"],
  ['Tomcat', 'Bad Request\nThis combination of host and port requires TLS.\n'],
])('a %s server that requires TLS says so in its error', (_, text) => {
  expect(describeErrorBody('', text)).toEqual({
    message: 'the server speaks TLS and was asked by plain HTTP; use https',
  });
});

describe('a connection that failed', () => {
  const request = {
    method: 'GET',
    url: new URL('https://me:swordfish@registry.example:8443/v2/'),
    expect: [200],
  } as const;
  const failure = (code: string) =>
    describeFailure(ERROR_NAMES.registry, request, Object.assign(new Error('swordfish'), { code }), createRedactor());

  test.each([
    ['ECONNREFUSED', 'nothing answers at registry.example:8443; check host and port, and that the server is running'],
    ['ENOTFOUND', 'there is no host registry.example:8443; check the spelling, and the DNS of this machine'],
    ['EAI_AGAIN', 'the DNS of this machine does not answer for registry.example:8443; check the network connection'],
    [
      'ENETUNREACH',
      'registry.example:8443 cannot be reached from here; check the network connection, VPN and firewall',
    ],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      /^the certificate of registry\.example:8443 is not signed by a known .* NODE_EXTRA_CA_CERTS/,
    ],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
    [
      'CERT_HAS_EXPIRED',
      'the certificate of registry.example:8443 has expired; renew it, or check the clock of this machine',
    ],
    ['CERT_NOT_YET_VALID', /check the clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /^the certificate of registry\.example:8443 is for another name; /],
    ['EPROTO', /^registry\.example:8443 does not speak TLS; /],
    ['EHOSTUNREACH', /^registry\.example:8443 cannot be reached from here; /],
    ['ETIMEDOUT', /^registry\.example:8443 cannot be reached from here; /],
    ['TIMEOUT', /^registry\.example:8443 gave no complete answer in time; /],
  ])('with %s gives an error with the host and the fix', (code, message) => {
    const error = failure(code);

    expect(error.message.slice('GET https://registry.example:8443/v2/: '.length)).toMatch(new RegExp(`^${code}: `));
    expect(error.failure.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  test('for another reason gives an error with the message of the system', () => {
    const error = describeFailure(
      ERROR_NAMES.registry,
      request,
      Object.assign(new Error('odd'), { code: 'EODD' }),
      createRedactor(),
    );

    expect(error.message).toBe('GET https://registry.example:8443/v2/: EODD: odd');
    expect(describeFailure(ERROR_NAMES.registry, request, undefined, createRedactor()).message).toMatch(
      /: the connection failed$/,
    );
  });

  test('without a message gives an error that the connection failed', () => {
    for (const error of [undefined, null, {}, new Error('')]) {
      expect(describeFailure(ERROR_NAMES.registry, request, error, createRedactor()).message).toMatch(
        /: the connection failed$/,
      );
    }
  });

  test('keeps its cause, and an HTTP error stays unchanged', () => {
    const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' });

    const error = describeFailure(ERROR_NAMES.registry, request, cause, createRedactor());

    expect(error.cause).toBe(cause);
    expect(describeFailure(ERROR_NAMES.gitHost, request, error, createRedactor())).toBe(error);
  });

  test.each(['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'])(
    'with %s: the peer speaks no TLS',
    (code) => expect(speaksNoTls(failure(code))).toBe(true),
  );

  test('with another code, or none, does not mean that the peer lacks TLS', () => {
    expect(speaksNoTls(failure('ECONNRESET'))).toBe(false);
    const noCode = { method: 'GET', url: 'https://registry.example/', message: 'x' };
    expect(speaksNoTls(new HttpError(ERROR_NAMES.registry, noCode))).toBe(false);
  });
});

describe('a failed request is retried', () => {
  const url = new URL('https://registry.example/');
  const isRetryable = (request: Pick<HttpRequest, 'method' | 'repeatable'>) =>
    describeFailure(
      ERROR_NAMES.registry,
      { url, expect: [200], ...request },
      new BrokenReplyError('cut'),
      createRedactor(),
    ).isRetryable;

  test.each(['GET', 'HEAD', 'PUT', 'DELETE'] as const)('if it is a %s, unless it says otherwise', (method) => {
    expect([isRetryable({ method }), isRetryable({ method, repeatable: false })]).toEqual([true, false]);
  });

  test.each(['POST', 'PATCH'] as const)('not if it is a %s, unless it says otherwise', (method) => {
    expect([isRetryable({ method }), isRetryable({ method, repeatable: true })]).toEqual([false, true]);
  });
});

describe('a refusal', () => {
  const request = { method: 'GET', url: new URL('https://registry.example/'), expect: [200] } as const;
  const refused = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
    describeRefusal(ERROR_NAMES.registry, request, madeReply(status, body, headers), createRedactor());

  test('with a body that breaks off has no reason', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('cut'));
      },
    });

    expect(await readServerMessage(madeReply(503, broken))).toEqual({ message: 'the server gave no reason' });
  });

  test('with the content type HTML is a page for any text', async () => {
    expect((await refused(400, 'oops', { 'content-type': 'text/html' })).message).toMatch(/400: .* an HTML page/);
    expect((await refused(400, 'oops')).message).toMatch(/400: .* text instead of JSON$/);
  });

  test.each(['0;w=21600', ' 0;  w=21600 '])(
    'with the remaining limit %j is final: it renews in hours',
    async (left) => {
      expect(await refused(429, '', { 'ratelimit-remaining': left, 'ratelimit-limit': ' 100 ' })).toMatchObject({
        isRetryable: false,
        message: expect.stringContaining('the limit of 100 is used up and renews within 6 h'),
      });
    },
  );

  test.each(['10;w=21600', '0', '0;w=21600s', '0; x w=5', '0;w='])(
    'with the remaining limit %j is tried again',
    async (left) => {
      expect(await refused(429, '', { 'ratelimit-remaining': left })).toMatchObject({ isRetryable: true });
    },
  );

  test('ignores a limit that is not a number', async () => {
    const headers = { 'ratelimit-remaining': '0;w=60', 'ratelimit-limit': 'x100;w=60' };

    expect((await refused(429, '', headers)).message).toContain('the limit is used up');
  });

  test('does not mention a limit unless its status is 429', async () => {
    expect(await refused(503, '', { 'ratelimit-remaining': '0;w=60' })).toMatchObject({ isRetryable: true });
  });
});
