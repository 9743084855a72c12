/** JSON requests to a git host's API. */
import type * as z from 'zod';
import { ERROR_NAMES } from '../../core/contract/errors';
import type { Clock } from '../../core/ports/store';
import { trimSlashes } from '../../core/text/clean-path';
import { isLoopback } from '../http/allowed-address';
import { createHttpClient } from '../http/http-client';
import { discardBody, type HttpHeaders, readJson } from '../http/http-request';
import { checkReply } from './checked-reply';

export interface RestOptions {
  /** The part of the address that all paths continue. */
  readonly base: string;
  /** The `Authorization` header; called before every request. */
  readonly authorization: () => Promise<string>;
  readonly clock: Clock;
}

interface RestRequest<Result> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Continues `base`. */
  readonly path: string;
  readonly body?: unknown;
  /** True if the request may be sent again after its reply was lost. */
  readonly repeatable: boolean;
  readonly expect: number | readonly number[];
  /** What a reply must be, and the error if it is something else. Without it, the reply is not read. */
  readonly reads?: readonly [z.ZodType<Result>, string];
  /** Gets the headers of the reply. */
  readonly headers?: (headers: HttpHeaders) => void;
}

/** Sends a request. Throws `GitHostError`. */
export type GitRest = <Result = void>(request: RestRequest<Result>) => Promise<Result>;

/** A page of comments may have a hundred of 64 KiB each. */
const LARGEST_JSON = 16 * 1024 * 1024;

/** Creates the client, without a request. */
export function createGitRest({ base, authorization, clock }: RestOptions): GitRest {
  const allowLoopback = isLoopback(new URL(base).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  return async <Result>({ method, path, body, repeatable, expect, reads, headers: tell }: RestRequest<Result>) => {
    const headers = {
      accept: 'application/json',
      authorization: await authorization(),
      'user-agent': 'image-pipeline',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const content = body === undefined ? { headers } : { headers, body: JSON.stringify(body) };
    const url = new URL(`${trimSlashes(base)}${path}`);
    const request = { method, url, ...content, expect: [expect].flat(), repeatable } as const;
    return http.exchange(request, async (reply) => {
      tell?.(reply.headers);
      if (reads !== undefined) return checkReply(reads[0], await readJson(reply, LARGEST_JSON), reads[1]);
      await discardBody(reply);
      return undefined as Result;
    });
  };
}
