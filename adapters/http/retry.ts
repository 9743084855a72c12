/** Which failures are worth another try, and when. The only retry layer above HTTP: nothing that calls it retries again. */
import { BrokenReplyError } from './http-error';

/** Waits are in milliseconds. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly tries: number;
  /** Longest first wait; each further one may be twice as long. */
  readonly firstWait: number;
  /** Longest wait, also if the server asks for more. */
  readonly longestWait: number;
  /**
   * A failure is final only when so much time has passed since the first one, even if chance made the waits of all tries short.
   * Default: none. Needs a budget, which ends it where time stands still.
   */
  readonly leastTime?: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = { tries: 5, firstWait: 500, longestWait: 60_000 };

const STATUSES = new Set([408, 429, 500, 502, 503, 504]);

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

/** True if a reply with this status may be followed by a better one. */
export function isRetryableStatus(status: number, repeatable: boolean): boolean {
  return (repeatable ? STATUSES : REFUSED_STATUSES).has(status);
}

/** True if what was thrown while sending or reading may pass. A wrong certificate does not, for one. */
export function isRetryableError(error: unknown, repeatable: boolean): boolean {
  if (error instanceof BrokenReplyError) return repeatable;
  const code = connectionCode(error);
  if (code === undefined) return false;
  if (!repeatable) return REFUSED_CODES.has(code);
  return BROKEN_CODES.has(code) || code.startsWith('HPE_');
}

/** The connection error's code: `ECONNRESET`, `ECONNREFUSED`, `TIMEOUT`, ...; undefined if it is none. */
export function connectionCode(error: unknown): string | undefined {
  // Told by its shape: an error from another realm (a test's, a worker's) is no instance of this one's Error.
  let current = error;
  while (typeof current === 'object' && current !== null) {
    const { name, code, cause } = current as {
      readonly name?: unknown;
      readonly code?: unknown;
      readonly cause?: unknown;
    };
    if (name === 'TimeoutError') return 'TIMEOUT';
    if (typeof code === 'string') return code;
    current = cause;
  }
  return undefined;
}

/** How long to wait after the `failed`-th failure (from 1), in ms: full jitter, so that many clients do not come back at once. */
export function waitBefore(policy: RetryPolicy, failed: number, random: () => number): number {
  return Math.floor(random() * Math.min(policy.firstWait * 2 ** (failed - 1), policy.longestWait));
}

// The `Retry-After` header, in both forms that RFC 9110 section 10.2.3 knows.

/** Milliseconds to wait, or undefined if the header is missing or means nothing. `now` is in ms since 1970. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Only the forms of HTTP dates start with the day's name; Date.parse alone would take '-1' or '1.5' for a date, too.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

// A limit on retries for all requests of a run together, so that faults never turn into a storm of requests.

export interface RetryBudget {
  /** Takes one retry out; false if there is none left. */
  take(): boolean;
  /** A request succeeded: gives a tenth of a retry back, so that a long run can bear more faults than a short one. */
  succeeded(): void;
}

const PAID_BACK = 0.1;

/** A budget of `retries`, which it never exceeds. */
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
