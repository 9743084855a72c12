/** Decides which failures are worth another try, and when. This is the only retry layer above HTTP: its callers do not retry. */
import type { Clock } from '../../core/ports/store';
import { BrokenReplyError } from './http-error';

/** Waits are in milliseconds. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly tries: number;
  /** Longest first wait; each further one may be twice as long. */
  readonly firstWait: number;
  /** Longest wait, even if the server asks for more. */
  readonly longestWait: number;
  /**
   * Shortest time between the first failure and the final one, even if chance makes all waits short. Default: none. Requires a budget,
   * which ends the tries where time stands still.
   */
  readonly leastTime?: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = { tries: 5, firstWait: 500, longestWait: 60_000 };

/** A server that answers 500 is up, and most often gives the same answer again: neither more tries nor a least time help. */
const TRIES_OF_500 = 5;

/**
 * Returns a function that tells after each failure if it was the last try. `tried` counts from 1, `status` is that of the reply, if there
 * was one. The first failure starts the policy's least time.
 */
export function countTries(
  { tries = Number.POSITIVE_INFINITY }: { readonly tries?: number },
  policy: RetryPolicy,
  clock: Pick<Clock, 'now'>,
): (tried: number, status?: number) => boolean {
  const most = Math.min(tries, policy.tries);
  const leastTime = tries < policy.tries ? 0 : (policy.leastTime ?? 0);
  let failedAt: number | undefined;
  return (tried, status) => {
    failedAt ??= clock.now();
    if (status === 500 && tried >= TRIES_OF_500) return true;
    return tried >= most && clock.now() - failedAt >= leastTime;
  };
}

const RETRYABLE_STATUSES = new Set([408, 429, 500, 502, 503, 504]);

/** These say that the request was not processed, so that even one that must not happen twice may be sent again. */
const REFUSED_STATUSES = new Set([429, 503]);

const REFUSED_CODES = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const BROKEN_CODES = new Set([
  ...REFUSED_CODES,
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'Z_BUF_ERROR',
  'Z_DATA_ERROR',
  'TIMEOUT',
]);

/** Returns true if a reply with this status may be followed by a better one. */
export function isRetryableStatus(status: number, repeatable: boolean): boolean {
  return (repeatable ? RETRYABLE_STATUSES : REFUSED_STATUSES).has(status);
}

/** Returns true if a failure to send or read may pass. A wrong certificate does not, for example. */
export function isRetryableError(error: unknown, repeatable: boolean): boolean {
  if (error instanceof BrokenReplyError) return repeatable;
  const code = connectionCode(error);
  if (code === undefined) return false;
  if (!repeatable) return REFUSED_CODES.has(code);
  return BROKEN_CODES.has(code) || code.startsWith('HPE_');
}

/**
 * Returns the connection error's code: `ECONNRESET`, `ECONNREFUSED`, `TIMEOUT`, ...; undefined for other errors. Errors are told by their
 * shape: one from another realm (a test's, a worker's) is no instance of this realm's Error.
 */
export function connectionCode(error: unknown): string | undefined {
  let current = error;
  while (typeof current === 'object' && current !== null) {
    const { name, code, cause } = current as { readonly [key in 'name' | 'code' | 'cause']?: unknown };
    if (name === 'TimeoutError') return 'TIMEOUT';
    if (typeof code === 'string') return code;
    current = cause;
  }
  return undefined;
}

/** Returns the wait after the `failed`-th failure (from 1), in ms: full jitter, so that many clients do not come back at once. */
export function waitBefore(policy: RetryPolicy, failed: number, random: () => number): number {
  return Math.floor(random() * Math.min(policy.firstWait * 2 ** (failed - 1), policy.longestWait));
}

/**
 * Returns the milliseconds to wait by a `Retry-After` header, in either form of RFC 9110 section 10.2.3. Returns undefined if the header is
 * missing or invalid. `now` is in ms since 1970.
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // HTTP dates start with the day's name; Date.parse alone takes '-1' and '1.5' for dates, too.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

/** A limit on retries for all requests of a run together, so that faults never turn into a storm of requests. */
export interface RetryBudget {
  /** Takes one retry out; false if there is none left. */
  take(): boolean;
  /** Gives a tenth of a retry back for a request that succeeded, so that a long run survives more faults than a short one. */
  succeeded(): void;
}

const PAID_BACK = 0.1;

/** Creates a budget of `retries`, which it never exceeds. */
export function createRetryBudget(retries: number): RetryBudget {
  let left = retries;
  return {
    take: () => {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    succeeded: () => {
      left = Math.min(retries, left + PAID_BACK);
    },
  };
}
