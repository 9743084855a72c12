/** Retries: which failures are retried, when, and how often. */
import fc from 'fast-check';
import { BrokenReplyError } from '../../../adapters/http/http-error';
import {
  connectionCode,
  countTries,
  createRetryBudget,
  DEFAULT_RETRY_POLICY,
  isRetryableError,
  isRetryableStatus,
  parseRetryAfter,
  waitBefore,
} from '../../../adapters/http/retry';
import { createStillClock } from '../../support/pipeline/memory-state';

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
  test('a wait is at most twice the longest possible previous one, and at most the longest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (failed, random) => {
        const wait = waitBefore(DEFAULT_RETRY_POLICY, failed, () => random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(Math.min(500 * 2 ** (failed - 1), 60_000));
      }),
    );
  });

  test('only temporary failures are retried, and a request that must not happen twice only if it was not processed', () => {
    const statuses = [200, 400, 401, 403, 404, 408, 409, 429, 500, 501, 502, 503, 504];

    expect(statuses.filter((status) => isRetryableStatus(status, true))).toEqual([408, 429, 500, 502, 503, 504]);
    expect(statuses.filter((status) => isRetryableStatus(status, false))).toEqual([429, 503]);
  });

  test('a wrong certificate and a missing host name are not retried', () => {
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

  test('an error without a code is not retried, and a broken reply only if the request may be repeated', () => {
    expect(isRetryableError(new Error('odd'), true)).toBe(false);
    expect(isRetryableError(undefined, true)).toBe(false);
    expect([true, false].map((repeatable) => isRetryableError(new BrokenReplyError('cut'), repeatable))).toEqual([
      true,
      false,
    ]);
  });

  test('the code of a connection error is that of the first error in the chain of causes that has one', () => {
    const timeout = Object.assign(new Error('late'), { name: 'TimeoutError', code: 23 });
    const pipe = Object.assign(new Error('pipe'), { code: 'EPIPE', cause: { code: 'ECONNRESET' } });

    expect(connectionCode(timeout)).toBe('TIMEOUT');
    expect(connectionCode(pipe)).toBe('EPIPE');
    expect(connectionCode({ code: 7, cause: { cause: pipe } })).toBe('EPIPE');
    expect([null, undefined, 'EPIPE', { cause: null }, { code: 7 }].map(connectionCode)).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
  });

  test('tries end after their number, but not before the minimum time since the first failure', () => {
    const clock = createStillClock();
    const policy = { tries: 2, firstWait: 1, longestWait: 1, leastTime: 20_000 };
    const isLast = countTries({}, policy, clock);

    expect([isLast(1), isLast(2), isLast(3)]).toEqual([false, false, false]);
    clock.sleep(20_000);
    expect([isLast(1), isLast(2)]).toEqual([false, true]);
    expect(countTries({ tries: 1 }, policy, clock)(1)).toBe(true);
    expect(countTries({ tries: 9 }, policy, clock)(2)).toBe(false);
    expect(countTries({ tries: 2 }, policy, clock)(2)).toBe(false);
  });

  test('a reply of 500 ends after five tries with any policy', () => {
    const isLast = countTries({}, { tries: 8, firstWait: 1, longestWait: 1, leastTime: 20_000 }, createStillClock());

    expect([isLast(4, 500), isLast(5, 503), isLast(5, 500)]).toEqual([false, false, true]);
  });

  test('a budget is used up by retries, and restored by successes', () => {
    const budget = createRetryBudget(2);

    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
    for (let succeeded = 0; succeeded < 11; succeeded += 1) budget.succeeded();
    expect([budget.take(), budget.take()]).toEqual([true, false]);
  });
});
