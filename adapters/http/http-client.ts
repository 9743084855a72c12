/**
 * HTTP for all adapters: one retry layer, redirects by hand, a limit of concurrent requests per host, errors without secrets.
 * Uses Node's own `fetch`.
 */
import pLimit, { type LimitFunction } from 'p-limit';
import type { ErrorName } from '../../core/contract';
import type { Clock } from '../../core/ports';
import { readServerMessage } from './error-body';
import { follow } from './follow-redirects';
import { HttpError, UnusableReplyError } from './http-error';
import type { HttpRequest } from './http-request';
import { maskSecrets } from './mask-secrets';
import { redactUrl } from './redact-url';
import { parseRetryAfter } from './retry-after';
import type { RetryBudget } from './retry-budget';
import {
  connectionCode,
  DEFAULT_RETRY_POLICY,
  isRetryableError,
  isRetryableStatus,
  type RetryPolicy,
  waitBefore,
} from './retry-policy';

export interface HttpClientOptions {
  /** The name that this client's errors get. */
  readonly errorName: ErrorName;
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1, as `Math.random` does. */
  readonly random: () => number;
  /** Allows http, and redirects to this machine. */
  readonly allowLoopback: boolean;
  /** Requests at a time to one host; default 16. */
  readonly concurrency?: number;
  readonly retry?: RetryPolicy;
  /** Shared by all requests of a run, so that a registry that is down is not asked thousands of times. */
  readonly budget?: RetryBudget;
}

export interface HttpClient {
  /**
   * Sends the request and reads its reply, again if either fails in a way that may pass. `read` must consume the body or
   * discard it; it may throw `BrokenReplyError` (try again) or `UnusableReplyError`. Throws `HttpError`.
   */
  exchange<Result>(request: HttpRequest, read: (reply: Response) => Promise<Result>): Promise<Result>;
  /** As `exchange`, outside the limit per host: for a body that is read while another request of the same client runs. */
  exchangeUnlimited<Result>(request: HttpRequest, read: (reply: Response) => Promise<Result>): Promise<Result>;
}

const TIMEOUT = 60_000;
const CONCURRENCY = 16;

/** A client. Two clients share nothing but Node's connections. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const limits = new Map<string, LimitFunction>();
  const limitOf = (host: string) => {
    const limit = limits.get(host) ?? pLimit(options.concurrency ?? CONCURRENCY);
    limits.set(host, limit);
    return limit;
  };
  return {
    exchange: (request, read) =>
      tryAgain(request, options, () => limitOf(request.url.host)(() => once(request, read, options))),
    exchangeUnlimited: (request, read) => tryAgain(request, options, () => once(request, read, options)),
  };
}

/** How one try ended. `asked` is the wait that the server asked for, in ms. */
type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: HttpError; readonly asked?: number | undefined };

async function tryAgain<Result>(
  request: HttpRequest,
  options: HttpClientOptions,
  attempt: () => Promise<Outcome<Result>>,
): Promise<Result> {
  const policy = options.retry ?? DEFAULT_RETRY_POLICY;
  const tries = Math.min(request.tries ?? policy.tries, policy.tries);
  for (let tried = 1; ; tried += 1) {
    const outcome = await attempt();
    if (outcome.kind === 'done') {
      options.budget?.succeeded();
      return outcome.result;
    }
    if (!outcome.error.isRetryable || tried >= tries || options.budget?.take() === false) throw outcome.error;
    await options.clock.sleep(waitBefore(policy, tried, outcome.asked, options.random));
  }
}

async function once<Result>(
  request: HttpRequest,
  read: (reply: Response) => Promise<Result>,
  options: HttpClientOptions,
): Promise<Outcome<Result>> {
  const repeatable = request.repeatable ?? !['POST', 'PATCH'].includes(request.method);
  try {
    const reply = await follow(request, signalAfter(request.timeout ?? TIMEOUT), options.allowLoopback);
    if (request.expect.includes(reply.status)) return { kind: 'done', result: await read(reply) };
    return await refused(request, reply, repeatable, options);
  } catch (error) {
    // A body that could not be opened has told its own story.
    if (error instanceof HttpError) return { kind: 'failed', error };
    const failure = { ...describe(request, error), isRetryable: isRetryableError(error, repeatable) };
    return { kind: 'failed', error: new HttpError(options.errorName, failure, { cause: error }) };
  }
}

function signalAfter(milliseconds: number): AbortSignal | undefined {
  return milliseconds === Number.POSITIVE_INFINITY ? undefined : AbortSignal.timeout(milliseconds);
}

async function refused(
  request: HttpRequest,
  reply: Response,
  repeatable: boolean,
  options: HttpClientOptions,
): Promise<Outcome<never>> {
  const { code, message } = await readServerMessage(reply);
  const failure = {
    method: request.method,
    url: redactUrl(request.url),
    status: reply.status,
    ...(code === undefined ? {} : { code }),
    message: maskSecrets(message, request.headers ?? {}),
    isRetryable: isRetryableStatus(reply.status, repeatable),
  };
  const asked = parseRetryAfter(reply.headers.get('retry-after'), options.clock.now());
  return { kind: 'failed', error: new HttpError(options.errorName, failure), asked };
}

function describe(request: HttpRequest, error: unknown) {
  const code = error instanceof UnusableReplyError ? error.code : connectionCode(error);
  return {
    method: request.method,
    url: redactUrl(request.url),
    ...(code === undefined ? {} : { code }),
    message: maskSecrets(reason(error, code), request.headers ?? {}),
  };
}

function reason(error: unknown, code: string | undefined): string {
  if (code === 'ECONNREFUSED') return 'nothing answers there; check the host, and that it is up';
  if (code === 'ENOTFOUND') return 'there is no host of this name';
  if (code === 'TIMEOUT') return 'no whole answer in time';
  // fetch hides what happened in the cause of a 'fetch failed'.
  const shown = error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  return shown instanceof Error && shown.message !== '' ? shown.message : 'the connection failed';
}
