/** JSON requests to a git host's API. */
import type * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { Clock } from '../../core/ports/store';
import { trimSlashes } from '../../core/text/clean-path';
import { isLoopback } from '../http/allowed-address';
import { createHttpClient, type HttpClient } from '../http/http-client';
import { HttpError } from '../http/http-error';
import { discardBody, type HttpReply, type HttpRequest, readJson } from '../http/http-request';

/** One repository at a host. */
export interface HostOptions {
  /** The full name at the host, such as `owner/name`. */
  readonly repository: string;
  readonly apiUrl: string;
  /** Called before every request, so that an expiring token can be renewed. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

export interface RestOptions {
  /** The part of the address that all paths continue. */
  readonly base: string;
  /** The `Authorization` header; called before every request. */
  readonly authorization: () => Promise<string>;
  /** Further headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly http: HttpClient;
}

/** Reads a reply to its end. */
export type Read<Result> = (reply: HttpReply) => Promise<Result>;

/** `repeatable` is as in `HttpRequest`. */
export interface RestRequest<Result> extends Pick<HttpRequest, 'repeatable' | 'timeout'> {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Continues `base`. */
  readonly path: string;
  readonly accept?: string;
  readonly body?: unknown;
  /** Statuses that `read` understands; default 200. */
  readonly expect?: readonly number[];
  /** Default: the reply is not read. */
  readonly read?: Read<Result>;
}

/** Sends a request. Throws `GitHostError`. */
export type GitRest = <Result = void>(request: RestRequest<Result>) => Promise<Result>;

/** Creates the client, without a request. */
export function createGitRest({ base, authorization, headers: more, http }: RestOptions): GitRest {
  return async <Result>(request: RestRequest<Result>) => {
    const { method = 'GET', path, accept = 'application/json', body, expect = [200], ...rest } = request;
    const { read = discard as Read<Result>, ...sent } = rest;
    const headers = {
      accept,
      authorization: await authorization(),
      'user-agent': 'image-pipeline',
      ...more,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const content = body === undefined ? { headers } : { headers, body: JSON.stringify(body) };
    // An archive is read while other requests run.
    const exchange = method === 'GET' ? http.exchangeUnlimited : http.exchange;
    const url = new URL(`${trimSlashes(base)}${path}`);
    return exchange({ ...sent, ...content, method, url, expect }, read);
  };
}

/** Creates the HTTP client of a host. Its errors are `GitHostError`. */
export function createHostHttp(url: string, clock: Clock): HttpClient {
  const allowLoopback = isLoopback(new URL(url).hostname);
  return createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
}

/** The largest replies are trees, which have 100,000 entries on GitHub; in bytes. */
export const LARGEST_JSON = 64 * 1024 * 1024;

/** Returns a reader of a JSON reply; `what` begins the error for any other reply. */
export function json<Type>(schema: z.ZodType<Type>, what: string): Read<Type> {
  return async (reply) => checkReply(schema, await readJson(reply, LARGEST_JSON), what);
}

/** Returns the reply as the schema types it. Throws `GitHostError` with the path of the first difference. */
export function checkReply<Type>(schema: z.ZodType<Type>, reply: unknown, what: string): Type {
  const result = schema.safeParse(reply);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the reply';
  const message = `${what}: the git host's reply has an unknown form (${where}: ${issue?.message})`;
  throw new PipelineError(ERROR_NAMES.gitHost, message.slice(0, 400));
}

/** Reads a reply that says nothing more than its status. */
export async function discard(reply: HttpReply): Promise<undefined> {
  discardBody(reply);
}

/** Returns a handler that turns an error with this status into undefined, and throws any other. */
export function undefinedIf(status: number): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof HttpError && error.status === status) return undefined;
    throw error;
  };
}

/** Yields the pages of a list until one is not full, at most 10. The first one is 1. */
export async function* pagesOf<Item>(
  read: (page: number) => Promise<readonly Item[]>,
  perPage: number,
): AsyncGenerator<readonly Item[]> {
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const items = await read(page);
    yield items;
    if (items.length < perPage) return;
  }
}

const MAX_PAGES = 10;
