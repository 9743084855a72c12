/** Requests to GitHub's REST and GraphQL APIs, on github.com or a GitHub Enterprise Server. */

import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { Clock } from '../../../core/ports/store';
import { trimSlashes } from '../../../core/text/clean-path';
import { isLoopback } from '../../http/allowed-address';
import { readServerMessage } from '../../http/describe-failure';
import { createHttpClient } from '../../http/http-client';
import { BrokenReplyError, UnusableReplyError } from '../../http/http-error';
import type { HttpReply } from '../../http/http-request';
import { readJson } from '../../http/http-request';

export interface GitHubOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** `https://api.github.com`, or `https://<host>/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  /** Called before every request, so that an expiring token can be renewed. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

export interface RestRequest<Result> {
  /** Below `/repos/<owner>/<name>`, encoded. */
  readonly path: string;
  readonly accept?: string;
  readonly expect?: readonly number[];
  /** Milliseconds for the whole reply; default 60,000. */
  readonly timeout?: number;
  readonly read: (reply: HttpReply) => Promise<Result>;
}

/** An error in a GraphQL reply. */
export interface GraphqlProblem {
  readonly type?: string;
  readonly message?: string;
}

export interface GraphqlReply {
  readonly data: unknown;
  readonly problems: readonly GraphqlProblem[];
}

/** A request that changes something. `body` becomes JSON. */
export interface RestChange<Result> extends RestRequest<Result> {
  readonly method: 'POST' | 'PATCH' | 'PUT';
  readonly body: Readonly<Record<string, unknown>>;
  /** True if sending it twice has the effect of sending it once. */
  readonly repeatable: boolean;
}

export interface GitHubApi {
  readonly owner: string;
  readonly name: string;
  /** Sends a GET, and repeats it after a temporary failure. Throws `GitHostError`. */
  get<Result>(request: RestRequest<Result>): Promise<Result>;
  /** Sends a change. Throws `GitHostError`. */
  send<Result>(change: RestChange<Result>): Promise<Result>;
  /** Sends a query or a mutation that may be sent twice. Errors in the reply are returned, not thrown. */
  graphql(query: string, variables: Readonly<Record<string, unknown>>): Promise<GraphqlReply>;
}

const REST = 'application/vnd.github+json';
/** Trees of large repositories are the largest replies: 7 MB by GitHub's own limit. */
const LARGEST_JSON = 64 * 1024 * 1024;
/** A rate limit that lasts longer is an error instead of a wait; in ms. */
const LONGEST_WAIT = 90_000;

/** Creates the client, without a request. */
export function createGitHubApi({ repository, apiUrl, token, clock }: GitHubOptions): GitHubApi {
  const [owner = '', name = ''] = repository.split('/');
  const base = trimSlashes(apiUrl);
  const allowLoopback = isLoopback(new URL(base).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const headers = async (accept: string) => ({
    accept,
    authorization: `Bearer ${await token()}`,
    'user-agent': 'image-pipeline',
    'x-github-api-version': '2022-11-28',
  });

  const urlOf = (path: string) =>
    new URL(`${base}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}${path}`);

  return {
    owner,
    name,
    get: async ({ path, accept = REST, expect = [200], timeout, read }) => {
      const request = {
        method: 'GET',
        url: urlOf(path),
        headers: await headers(accept),
        expect: [...expect, 403],
        ...(timeout === undefined ? {} : { timeout }),
      } as const;
      return http.exchangeUnlimited(request, async (reply) => {
        await refuseForbidden(reply, clock);
        return read(reply);
      });
    },
    send: async ({ method, path, body, repeatable, accept = REST, expect = [200], read }) => {
      const request = {
        method,
        url: urlOf(path),
        headers: { ...(await headers(accept)), 'content-type': 'application/json' },
        body: JSON.stringify(body),
        expect: [...expect, 403],
        repeatable,
      } as const;
      return http.exchange(request, async (reply) => {
        await refuseForbidden(reply, clock);
        return read(reply);
      });
    },
    graphql: async (query, variables) => {
      const url = new URL(graphqlUrl(base));
      const request = {
        method: 'POST',
        url,
        headers: { ...(await headers('application/json')), 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
        expect: [200, 403],
        repeatable: true,
      } as const;
      return http.exchange(request, async (reply) => {
        await refuseForbidden(reply, clock);
        return readGraphql(await readJson(reply, LARGEST_JSON), reply, clock);
      });
    },
  };
}

/** Returns the JSON of a reply, at most 64 MiB. */
export function readGitHubJson(reply: HttpReply): Promise<unknown> {
  return readJson(reply, LARGEST_JSON);
}

/** Returns the data of a reply without errors. Otherwise throws `GitHostError` with GitHub's own words. */
export function dataOf({ data, problems }: GraphqlReply, what: string): unknown {
  if (problems.length === 0) return data;
  throw new PipelineError(ERROR_NAMES.gitHost, `${what}: ${describeProblems(problems)}`);
}

/** Returns types and messages of GraphQL errors in at most 300 characters. */
export function describeProblems(problems: readonly GraphqlProblem[]): string {
  const texts = problems.map(({ type, message }) => [type, message].filter((part) => part !== undefined).join(': '));
  return texts.join('; ').slice(0, 300);
}

function graphqlUrl(base: string): string {
  return base.endsWith('/api/v3') ? `${base.slice(0, -'/v3'.length)}/graphql` : `${base}/graphql`;
}

async function readGraphql(body: unknown, reply: HttpReply, clock: Clock): Promise<GraphqlReply> {
  const { data, errors } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const problems = Array.isArray(errors) ? (errors as GraphqlProblem[]) : [];
  if (problems.some(({ type }) => type === 'RATE_LIMITED')) await waitForLimit(reply, clock);
  if (data === undefined && problems.length === 0) throw new UnusableReplyError('NO_DATA', 'the reply has no data');
  return { data, problems };
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: a limit is a reply with 403 or 429. */
async function refuseForbidden(reply: HttpReply, clock: Clock): Promise<void> {
  if (reply.status !== 403) return;
  const { message } = await readServerMessage(reply);
  const isLimited = reply.headers.has('retry-after') || reply.headers.get('x-ratelimit-remaining') === '0';
  if (isLimited) await waitForLimit(reply, clock);
  throw new UnusableReplyError('FORBIDDEN', `${message}; check what the token is allowed to do`);
}

/** Waits for the end of the limit, then throws an error that is retried. Throws a final error if the wait would be too long. */
async function waitForLimit({ headers }: HttpReply, clock: Clock): Promise<never> {
  const asked = Number(headers.get('retry-after') ?? Number.NaN) * 1000;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000 - clock.now();
  const wait = Math.max(0, [asked, reset].find((each) => !Number.isNaN(each)) ?? 1000);
  if (wait > LONGEST_WAIT) {
    throw new UnusableReplyError('RATE_LIMITED', `the rate limit ends in ${Math.ceil(wait / 60_000)} minutes`);
  }
  await clock.sleep(wait);
  throw new BrokenReplyError('the rate limit was reached');
}
