/** Gitea and Forgejo as a git host. Contents and commits use git's own protocol, everything else the API: https://docs.gitea.com/api. */
import * as z from 'zod';
import { ERROR_NAMES } from '../../../core/contract/errors';
import type { GitHost } from '../../../core/ports/git';
import type { Clock } from '../../../core/ports/store';
import { trimSlashes } from '../../../core/text/clean-path';
import { isLoopback } from '../../http/allowed-address';
import { createHttpClient } from '../../http/http-client';
import { discardBody, readJson } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import { createWireGitHost } from '../wire/git-host';

export interface GiteaOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** `https://<host>/api/v1`. */
  readonly apiUrl: string;
  /** An access token with the scopes `write:repository` and, for comments, `write:issue`; called before every request. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

/** Creates a git host on one repository, without a request. Any user name goes with a token as the password. */
export function createGiteaHost({ repository, apiUrl, token, clock }: GiteaOptions): GitHost {
  return createWireGitHost({ ...wireAddress({ repository, apiUrl, token }), clock });
}

/** Returns the address of the repository for git's own protocol, and its login. */
export function wireAddress({ repository, apiUrl, token }: Omit<GiteaOptions, 'clock'>) {
  return {
    url: `${trimSlashes(apiUrl).replace(/\/api\/v1$/, '')}/${repository}.git`,
    authorization: async () => `Basic ${Buffer.from(`oauth2:${await token()}`).toString('base64')}`,
  };
}

interface GiteaRequest<Result> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path below the repository, such as `/statuses/...`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** True if the request may be sent again after its reply was lost. */
  readonly repeatable: boolean;
  readonly expect: number | readonly number[];
  /** What a reply must be, and the error if it is something else. Without it, the reply is not read. */
  readonly reads?: readonly [z.ZodType<Result>, string];
}

/** Sends a request about one repository. Throws `GitHostError`. */
export type GiteaRest = <Result = void>(request: GiteaRequest<Result>) => Promise<Result>;

/** A page of comments may have a hundred of 64 KiB each. */
const LARGEST_JSON = 16 * 1024 * 1024;

/** Creates the client, without a request. */
export function createGiteaRest({ repository, apiUrl, token, clock }: GiteaOptions): GiteaRest {
  const allowLoopback = isLoopback(new URL(apiUrl).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const base = `${trimSlashes(apiUrl)}/repos/${repository}`;
  return async <Result>({ method, path, body, repeatable, expect, reads }: GiteaRequest<Result>) => {
    const headers = {
      authorization: `token ${await token()}`,
      'user-agent': 'image-pipeline',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const content = body === undefined ? { headers } : { headers, body: JSON.stringify(body) };
    const request = {
      method,
      url: new URL(`${base}${path}`),
      ...content,
      expect: typeof expect === 'number' ? [expect] : expect,
      repeatable,
    } as const;
    return http.exchange(request, async (reply) => {
      if (reads !== undefined) return checkReply(reads[0], await readJson(reply, LARGEST_JSON), reads[1]);
      await discardBody(reply);
      return undefined as Result;
    });
  };
}

/** Reads a list that comes in pages, at most 1,000 entries. The server decides how many a page has, at most 50 by default. */
export async function readPages<Item>(
  send: GiteaRest,
  path: string,
  item: z.ZodType<Item>,
  problem: string,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  for (let page = 1; found.length < MOST_ENTRIES; page += 1) {
    const query = `?page=${page}&limit=${PER_PAGE}`;
    const entries = await send({
      method: 'GET',
      path: `${path}${query}`,
      repeatable: true,
      expect: 200,
      reads: [z.array(item), problem],
    });
    found.push(...entries);
    if (entries.length === 0) break;
  }
  return found;
}

const MOST_ENTRIES = 1000;
const PER_PAGE = 50;
