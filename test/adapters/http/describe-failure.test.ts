/** Errors print the reason of a server or a connection, and no credential. */
import { describeErrorBody, describeFailure } from '../../../adapters/http/describe-failure';
import { createRedactor } from '../../../adapters/http/redact';
import { ERROR_NAMES } from '../../../core/contract/errors';

const ONE = `sha256:${'1'.repeat(64)}`;

describe('what is printed', () => {
  test('no credential that was ever used', () => {
    const redactor = createRedactor();
    const url = new URL('https://me:url%40pass@host/');
    const headers = { Authorization: `Basic ${Buffer.from('me:sword:fish').toString('base64')}` };
    redactor.learn({ url, headers, secrets: ['refresh-me'] });
    redactor.learn({ url, headers: { authorization: 'Bearer tok.en', accept: 'application/json' } });

    const text = redactor.redact(
      'sword:fish tok.en refresh-me bWU6c3dvcmQ6ZmlzaA== url@pass https://x:y@h me application/json',
    );

    expect(text).toBe('*** *** *** *** *** https://***@h me application/json');
  });

  const bodies: readonly (readonly [string, string, object])[] = [
    ['registry', '{"errors":[{"code":"DENIED","message":"no\\nway"}]}', { code: 'DENIED', message: 'no way' }],
    ['git host', '{"message":"Not Found","documentation_url":"x"}', { message: 'Not Found' }],
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
    ['a number', '7', { message: 'the server gave no reason' }],
    ['odd shapes', '{"errors":[7],"message":{"a":1}}', { message: 'the server gave no reason' }],
    ['a long story', `{"message":"${'x'.repeat(1000)}"}`, { message: 'x'.repeat(300) }],
  ];
  test.each(bodies)('the reason in the body of a %s', (_, text, expected) => {
    expect(describeErrorBody('', text)).toEqual(expected);
  });
});

test.each([
  ['Go', 'Client sent an HTTP request to an HTTPS server.\n'],
  ['nginx', '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>'],
  ['Apache', "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.</p>"],
  ['Tomcat', 'Bad Request\nThis combination of host and port requires TLS.\n'],
])('a server made with %s that was asked without TLS', (_, text) => {
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
  ])('with %s: the error names the host and the cure', (code, message) => {
    const error = failure(code);

    expect(error.message.slice('GET https://registry.example:8443/v2/: '.length)).toMatch(new RegExp(`^${code}: `));
    expect(error.failure.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  test('for another reason: the error has the words of the system', () => {
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
});
