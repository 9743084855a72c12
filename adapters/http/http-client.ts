/**
 * HTTP for all adapters: one retry layer, redirects by hand, a limit of concurrent requests per host, errors without secrets.
 */
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import pLimit from 'p-limit';
import type { ErrorName } from '../../core/contract/errors';
import type { Clock } from '../../core/ports/store';
import { describeFailure, describeRefusal } from './describe-failure';
import type { HttpError } from './http-error';
import type { HttpReply, HttpRequest } from './http-request';
import { createSecretMask, type SecretMask } from './redact';
import { DEFAULT_RETRY_POLICY, parseRetryAfter, type RetryBudget, type RetryPolicy, waitBefore } from './retry';
import { type Agents, follow } from './send-request';

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
  /** Milliseconds for one try of a request that does not say; default 60,000. */
  readonly timeout?: number;
  /** Shared by all requests of a run, so that a registry that is down is not asked thousands of times. */
  readonly budget?: RetryBudget;
  /** Waits until the request may be sent, for hosts that allow so many a second. */
  readonly pace?: (request: HttpRequest) => Promise<void>;
}

export interface HttpClient {
  /**
   * Sends the request and reads its reply, again if either fails in a way that may pass. `read` must consume the body or
   * discard it; it may throw `BrokenReplyError` (try again) or `UnusableReplyError`. Throws `HttpError`.
   */
  exchange<Result>(request: HttpRequest, read: (reply: HttpReply) => Promise<Result>): Promise<Result>;
  /** As `exchange`, outside the limit per host: for a body that is read while another request of the same client runs. */
  exchangeUnlimited<Result>(request: HttpRequest, read: (reply: HttpReply) => Promise<Result>): Promise<Result>;
}

const TIMEOUT = 60_000;

const CONCURRENCY = 16;

/** A client. Two clients share nothing. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const agents = { http: new Agent({ keepAlive: true }), https: new SecureAgent({ keepAlive: true }) };
  const context = { agents, options, secrets: createSecretMask() };
  const gateOf = createHostGates(options.concurrency ?? CONCURRENCY, options.clock);
  const exchangeUnlimited: HttpClient['exchange'] = (request, read) => {
    const gate = gateOf(request.url.host);
    return tryAgain(request, options, gate, () => gate.open().then(() => once(request, read, context)));
  };
  return {
    // All tries in one turn: while a host is down, the few that wait for it find out when it is up, and nobody else asks.
    exchange: (request, read) => gateOf(request.url.host).pass(() => exchangeUnlimited(request, read)),
    exchangeUnlimited,
  };
}

/** What all tries of a client share. */
interface Context {
  readonly agents: Agents;
  readonly options: HttpClientOptions;
  readonly secrets: SecretMask;
}

/** How one try ended. `asked` is the wait that the server asked for, in ms. */
type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: HttpError; readonly asked?: number | undefined };

async function tryAgain<Result>(
  request: HttpRequest,
  options: HttpClientOptions,
  gate: HostLimiter,
  attempt: () => Promise<Outcome<Result>>,
): Promise<Result> {
  const policy = options.retry ?? DEFAULT_RETRY_POLICY;
  const isEnough = countTries(request, policy, options.clock);
  for (let tried = 1; ; tried += 1) {
    const outcome = await attempt();
    if (outcome.kind === 'done') {
      options.budget?.succeeded();
      return outcome.result;
    }
    const { error, asked } = outcome;
    // What a host asks of one request holds for all: none of them would fare better.
    if (asked !== undefined) gate.pause(Math.min(asked, policy.longestWait));
    if (!error.isRetryable || isEnough(tried) || options.budget?.take() === false) throw error;
    if (asked === undefined) await options.clock.sleep(waitBefore(policy, tried, options.random));
  }
}

/** Tells after the failure of each try, of which the first sets the time, whether it was the last. */
export function countTries(
  request: Pick<HttpRequest, 'tries'>,
  policy: RetryPolicy,
  clock: Clock,
): (tried: number) => boolean {
  const { tries = policy.tries } = request;
  const least = tries < policy.tries ? 0 : (policy.leastTime ?? 0);
  let begun: number | undefined;
  return (tried) => {
    begun ??= clock.now();
    return tried >= Math.min(tries, policy.tries) && clock.now() - begun >= least;
  };
}

async function once<Result>(
  request: HttpRequest,
  read: (reply: HttpReply) => Promise<Result>,
  { agents, options, secrets }: Context,
): Promise<Outcome<Result>> {
  secrets.learn(request.headers ?? {}, request.secrets);
  try {
    await options.pace?.(request);
    const reply = await follow(request, request.timeout ?? options.timeout ?? TIMEOUT, agents, options.allowLoopback);
    if (request.expect.includes(reply.status)) return { kind: 'done', result: await read(reply) };
    const error = await describeRefusal(options.errorName, request, reply, secrets);
    // A limit that is used up renews in hours: nobody waits for it, neither this request nor the others.
    if (reply.status === 429 && !error.isRetryable) return { kind: 'failed', error };
    return { kind: 'failed', error, asked: parseRetryAfter(reply.headers.get('retry-after'), options.clock.now()) };
  } catch (error) {
    return { kind: 'failed', error: describeFailure(options.errorName, request, error, secrets) };
  }
}

// What all requests to one host share: how many there may be at a time, and a pause that the host asked for.

interface HostLimiter {
  /** Does the work when it is its turn. */
  pass<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Waits out a pause. */
  open(): Promise<void>;
  /** Nobody asks this host for so long (ms), because it told one of us to wait. */
  pause(milliseconds: number): void;
}

/** A gate for each host that is asked for. */
function createHostGates(concurrency: number, clock: Clock): (host: string) => HostLimiter {
  const gates = new Map<string, HostLimiter>();
  return (host) => {
    const gate = gates.get(host) ?? createGate(concurrency, clock);
    gates.set(host, gate);
    return gate;
  };
}

function createGate(concurrency: number, clock: Clock): HostLimiter {
  const limit = pLimit(concurrency);
  let closedUntil = 0;
  const open = async () => {
    const left = closedUntil - clock.now();
    if (left > 0) await clock.sleep(left);
  };
  return {
    pass: (work) => limit(work),
    open,
    pause: (milliseconds) => {
      closedUntil = Math.max(closedUntil, clock.now() + milliseconds);
    },
  };
}
