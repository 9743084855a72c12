/** The pure parts of the HTTP client. */
import fc from 'fast-check';
import { isLoopback, whyNotAllowed } from '../../../adapters/http/allowed-address';
import { describeErrorBody } from '../../../adapters/http/describe-failure';
import { createRateLimiter } from '../../../adapters/http/rate-limiter';
import { createSecretMask, redactUrl } from '../../../adapters/http/redact';
import {
  createRetryBudget,
  DEFAULT_RETRY_POLICY,
  isRetryableError,
  isRetryableStatus,
  parseRetryAfter,
  waitBefore,
} from '../../../adapters/http/retry';
import { createStillClock } from '../../support/pipeline/memory-state';

describe('addresses that a server may send us to', () => {
  const internal = [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '169.254.170.2',
    '100.64.0.1',
    '0.0.0.0',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[::]',
    '[::ffff:169.254.169.254]',
    '2852039166', // 169.254.169.254 as one number
    '0xa9fea9fe',
    '0251.0376.0251.0376',
  ];
  test.each(internal)('https://%s is refused, on this machine, too', (host) => {
    const url = new URL(`https://${host}/`);

    expect(whyNotAllowed(url, 'registry.example', false)).toBe('it is a private or link-local address');
    expect(whyNotAllowed(url, 'registry.example', true)).toBe('it is a private or link-local address');
  });

  const own = [
    '127.0.0.1',
    '127.1.2.3',
    'localhost',
    'registry.localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0x7f000001',
  ];
  test.each(own)('%s is this machine, allowed in local mode only', (host) => {
    const url = new URL(`http://${host}:5000/`);

    expect(isLoopback(url.hostname)).toBe(true);
    expect(whyNotAllowed(url, 'registry.example', false)).toBe('it is an address of this machine');
    expect(whyNotAllowed(url, 'registry.example', true)).toBeUndefined();
  });

  test('public hosts are allowed over https only', () => {
    expect(whyNotAllowed(new URL('https://ghcr.io/token'), 'ghcr.io', false)).toBeUndefined();
    expect(whyNotAllowed(new URL('https://8.8.8.8/'), 'ghcr.io', false)).toBeUndefined();
    expect(whyNotAllowed(new URL('http://ghcr.io/token'), 'ghcr.io', true)).toMatch('is not https');
    expect(whyNotAllowed(new URL('ftp://ghcr.io/token'), 'ghcr.io', false)).toMatch('is not https');
  });

  test('a private address that the user named is the user’s business', () => {
    expect(whyNotAllowed(new URL('https://10.0.0.5:5000/token'), '10.0.0.5:5000', false)).toBeUndefined();
    expect(whyNotAllowed(new URL('https://10.0.0.5:6000/token'), '10.0.0.5:5000', false)).toBeDefined();
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-05T12:00:00Z');
  const cases: readonly (readonly [string | null, number | undefined])[] = [
    [null, undefined],
    ['0', 0],
    ['7', 7000],
    [' 120 ', 120_000],
    ['Mon, 05 Jan 2026 12:00:30 GMT', 30_000],
    ['Mon, 05 Jan 2026 11:00:00 GMT', 0],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['99999999999999', undefined],
  ];
  test.each(cases)('%j', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});

describe('retries', () => {
  test('a wait is never longer than twice the last one might have been, nor than the longest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (failed, random) => {
        const wait = waitBefore(DEFAULT_RETRY_POLICY, failed, () => random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(Math.min(500 * 2 ** (failed - 1), 60_000));
      }),
    );
  });

  test('only what may pass is tried again, and only what surely was not done if it must not be done twice', () => {
    const statuses = [200, 400, 401, 403, 404, 408, 409, 429, 500, 501, 502, 503, 504];

    expect(statuses.filter((status) => isRetryableStatus(status, true))).toEqual([408, 429, 500, 502, 503, 504]);
    expect(statuses.filter((status) => isRetryableStatus(status, false))).toEqual([429, 503]);
  });

  test('a wrong certificate or a name that does not exist does not pass', () => {
    const broken = (code: string) => Object.assign(new Error(code), { code });
    const codes = [
      'ECONNRESET',
      'ECONNREFUSED',
      'EPIPE',
      'EAI_AGAIN',
      'ENOTFOUND',
      'CERT_HAS_EXPIRED',
      'HPE_INVALID_CONSTANT',
    ];

    expect(codes.filter((code) => isRetryableError(broken(code), true))).toEqual([
      'ECONNRESET',
      'ECONNREFUSED',
      'EPIPE',
      'EAI_AGAIN',
      'HPE_INVALID_CONSTANT',
    ]);
    expect(codes.filter((code) => isRetryableError(broken(code), false))).toEqual(['ECONNREFUSED', 'EAI_AGAIN']);
  });

  test('a budget ends, and is paid back by success', () => {
    const budget = createRetryBudget(2);

    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
    for (let succeeded = 0; succeeded < 11; succeeded += 1) budget.succeeded();
    expect([budget.take(), budget.take()]).toEqual([true, false]);
  });
});

describe('what is printed', () => {
  test('an address without user, password, signature and fragment', () => {
    const url = new URL(
      'https://me:swordfish@example.com/v2/a?scope=repository:a:pull&X-Amz-Signature=abc&_state=x#token',
    );

    expect(redactUrl(url)).toBe(
      'https://example.com/v2/a?scope=repository%3Aa%3Apull&X-Amz-Signature=REDACTED&_state=REDACTED',
    );
  });

  test('no credential that was ever used', () => {
    const mask = createSecretMask();
    mask.learn({ Authorization: `Basic ${Buffer.from('me:sword:fish').toString('base64')}` }, ['refresh-me']);
    mask.learn({ authorization: 'Bearer tok.en', accept: 'application/json' });

    const text = mask.mask('sword:fish tok.en refresh-me bWU6c3dvcmQ6ZmlzaA== me application/json');

    expect(text).toBe('*** *** *** *** me application/json');
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
    ['a number', '7', { message: 'the server gave no reason' }],
    ['odd shapes', '{"errors":[7],"message":{"a":1}}', { message: 'the server gave no reason' }],
    ['a long story', `{"message":"${'x'.repeat(1000)}"}`, { message: 'x'.repeat(300) }],
  ];
  test.each(bodies)('the reason in the body of a %s', (_, text, expected) => {
    expect(describeErrorBody('', text)).toEqual(expected);
  });
});

test('a pace spreads its callers over time, in their order', async () => {
  const clock = createStillClock();
  const pace = createRateLimiter(10, clock);
  const times: number[] = [];

  for (let caller = 0; caller < 4; caller += 1) {
    await pace();
    times.push(clock.waited());
  }

  expect(times).toEqual([0, 100, 200, 300]);
});
