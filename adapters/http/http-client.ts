/** HTTP for all adapters: one retry layer, a limit of concurrent requests per host, redirects by hand, errors without secrets. */
import { Agent } from 'node:http';
import { type AgentOptions, Agent as SecureAgent } from 'node:https';
import pLimit from 'p-limit';
import type { ErrorName } from '../../core/contract/errors';
import type { Clock } from '../../core/ports/store';
import type { AddressRules } from './allowed-address';
import { createRedactor, describeFailure, describeRefusal } from './describe-failure';
import type { HttpError } from './http-error';
import type { HttpReply, HttpRequest } from './http-request';
import { createTunnels, withProxyAdvice } from './proxy';
import {
  countTries,
  DEFAULT_RETRY_POLICY,
  parseRetryAfter,
  type RetryBudget,
  type RetryPolicy,
  waitBefore,
} from './retry';
import { followRedirects } from './send-request';

/** The rules say where redirects may lead. */
export interface HttpClientOptions extends AddressRules {
  /** The name of this client's errors. */
  readonly errorName: ErrorName;
  readonly clock: Clock;
  /** Returns numbers from 0 to 1, as `Math.random` does. */
  readonly random: () => number;
  /** Requests at a time to one host; default 16. */
  readonly concurrency?: number;
  readonly retry?: RetryPolicy;
  /** Milliseconds for one try of a request without its own; default 60,000. */
  readonly timeout?: number;
  /** Shared by all requests of a run, so that a registry that is down is not asked thousands of times. */
  readonly budget?: RetryBudget;
  /** A certificate authority and a login by certificate, for hosts that have their own. */
  readonly tls?: Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  /** Waits until the request may be sent, for hosts that limit requests per second. */
  readonly pace?: (request: HttpRequest) => Promise<void>;
}

export interface HttpClient {
  /**
   * Sends the request and reads its reply; repeats both after a failure that may pass. `read` must consume or discard the body. It may
   * throw `BrokenReplyError` (try again) or `UnusableReplyError`. Throws `HttpError`.
   */
  exchange<Result>(request: HttpRequest, read: (reply: HttpReply) => Promise<Result>): Promise<Result>;
  /** As `exchange`, outside the limit per host: for a body that is read while another request of the same client runs. */
  exchangeUnlimited<Result>(request: HttpRequest, read: (reply: HttpReply) => Promise<Result>): Promise<Result>;
}

const TIMEOUT = 60_000;

const CONCURRENCY = 16;

/** Creates a client. Two clients share nothing. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { errorName, clock, random, budget, pace, retry = DEFAULT_RETRY_POLICY } = options;
  const agents = {
    http: new Agent({ keepAlive: true }),
    https: new SecureAgent({ keepAlive: true, ...options.tls }),
    tunnel: createTunnels(options.tls ?? {}),
  };
  const redactor = createRedactor();
  const limiters = new Map<string, HostLimiter>();
  const limiterOf = ({ host }: URL): HostLimiter => {
    const limiter = limiters.get(host) ?? createHostLimiter(options.concurrency ?? CONCURRENCY, clock);
    limiters.set(host, limiter);
    return limiter;
  };

  const attempt: HttpClient['exchange'] = async (request, read) => {
    redactor.learn(request);
    try {
      await pace?.(request);
      const reply = await followRedirects(request, request.timeout ?? options.timeout ?? TIMEOUT, agents, options);
      if (request.expect.includes(reply.status)) return await read(reply);
      const refusal = await describeRefusal(errorName, request, reply, redactor);
      // An exhausted rate limit renews in hours, so it stops no other request. Any other wait holds for all requests to the host.
      const isExhausted = reply.status === 429 && !refusal.isRetryable;
      const wait = isExhausted ? 0 : (parseRetryAfter(reply.headers.get('retry-after'), clock.now()) ?? 0);
      limiterOf(request.url).pause(Math.min(wait, retry.longestWait));
      throw refusal;
    } catch (error) {
      throw withProxyAdvice(describeFailure(errorName, request, error, redactor), request.url);
    }
  };

  const exchangeUnlimited: HttpClient['exchange'] = async (request, read) => {
    const isLast = countTries(request, retry, clock);
    for (let tried = 1; ; tried += 1) {
      await limiterOf(request.url).waitOutPause();
      try {
        const result = await attempt(request, read);
        budget?.succeeded();
        return result;
      } catch (error) {
        const { isRetryable, status } = error as HttpError;
        if (!isRetryable || isLast(tried, status) || budget?.take() === false) throw error;
        await clock.sleep(waitBefore(retry, tried, random));
      }
    }
  };

  return {
    // A request keeps its turn for all its tries: only the few in turn find out that a host is down and when it is up again.
    exchange: (request, read) => limiterOf(request.url).run(() => exchangeUnlimited(request, read)),
    exchangeUnlimited,
  };
}

/** Limits all requests to one host: how many run at a time, and a pause that the host asked for. */
interface HostLimiter {
  /** Does the work when it is its turn. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  waitOutPause(): Promise<void>;
  /** Stops all requests to the host for so long, in ms. */
  pause(milliseconds: number): void;
}

function createHostLimiter(concurrency: number, clock: Clock): HostLimiter {
  const limit = pLimit(concurrency);
  let pausedUntil = 0;
  return {
    run: (work) => limit(work),
    waitOutPause: async () => {
      const left = pausedUntil - clock.now();
      if (left > 0) await clock.sleep(left);
    },
    pause: (milliseconds) => {
      pausedUntil = Math.max(pausedUntil, clock.now() + milliseconds);
    },
  };
}
