/** Requests to GitHub's REST and GraphQL APIs, on github.com or a GitHub Enterprise Server. */
import type * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { Clock } from '../../../core/ports/store';
import { trimSlashes } from '../../../core/text/clean-path';
import { readServerMessage } from '../../http/describe-failure';
import { BrokenReplyError, UnusableReplyError } from '../../http/http-error';
import { type HttpReply, readJson } from '../../http/http-request';
import {
  checkReply,
  createGitRest,
  createHostHttp,
  discard,
  type GitRest,
  type HostOptions,
  LARGEST_JSON,
  type Read,
  type RestRequest,
} from '../rest';

/** An error in a GraphQL reply. */
interface GraphqlProblem {
  readonly type?: string;
  readonly message?: string;
}

export interface GraphqlReply {
  readonly data: unknown;
  readonly problems: readonly GraphqlProblem[];
}

export interface GitHubApi {
  readonly owner: string;
  readonly name: string;
  /** Sends a request about the repository. */
  readonly send: GitRest;
  /** Sends a query or a mutation that may be sent twice. Errors in the reply are returned, not thrown. */
  graphql(query: string, variables: Readonly<Record<string, unknown>>): Promise<GraphqlReply>;
  /** Sends a query whose variables include `$owner` and `$name`. Errors in the reply are thrown; `what` begins their message. */
  query<Data>(
    schema: z.ZodType<Data>,
    what: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<Data>;
}

/** What GitHub wants in every request. */
export const HEADERS = { 'x-github-api-version': '2022-11-28' } as const;
export const JSON_TYPE = 'application/vnd.github+json';
/** A rate limit that lasts longer is an error instead of a wait; in ms. */
const LONGEST_WAIT = 90_000;

/** Creates the client, without a request. All of its calls throw `GitHostError`. */
export function createGitHubApi({ repository, apiUrl, token, clock }: HostOptions): GitHubApi {
  const [owner = '', name = ''] = repository.split('/');
  const api = trimSlashes(apiUrl);
  const authorization = async () => `Bearer ${await token()}`;
  const access = { authorization, headers: HEADERS, http: createHostHttp(api, clock) };
  const base = `${api}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
  const rest = createGitRest({ ...access, base });
  const post = createGitRest({ ...access, base: api.replace(/\/api\/v3$/, '/api') });

  const send: GitRest = <Result>({ expect = [200], read = discard as Read<Result>, ...request }: RestRequest<Result>) =>
    rest({
      accept: JSON_TYPE,
      ...request,
      expect: [...expect, 403],
      read: async (reply) => {
        await refuseForbidden(reply, clock);
        return read(reply);
      },
    });

  async function graphql(query: string, variables: Readonly<Record<string, unknown>>): Promise<GraphqlReply> {
    return post({
      method: 'POST',
      path: '/graphql',
      body: { query, variables },
      expect: [200, 403],
      repeatable: true,
      read: async (reply) => {
        await refuseForbidden(reply, clock);
        return readGraphql(reply, clock);
      },
    });
  }

  return {
    owner,
    name,
    send,
    graphql,
    query: async (schema, what, query, variables) => {
      const { data, problems } = await graphql(query, { owner, name, ...variables });
      if (problems.length === 0) return checkReply(schema, data, what);
      throw new PipelineError(ERROR_NAMES.gitHost, `${what}: ${describeProblems(problems)}`);
    },
  };
}

/** Returns types and messages of GraphQL errors in at most 300 characters. */
export function describeProblems(problems: readonly GraphqlProblem[]): string {
  const texts = problems.map(({ type, message }) => [type, message].filter((part) => part !== undefined).join(': '));
  return texts.join('; ').slice(0, 300);
}

async function readGraphql(reply: HttpReply, clock: Clock): Promise<GraphqlReply> {
  const { data, errors } = Object(await readJson(reply, LARGEST_JSON)) as Record<string, unknown>;
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
