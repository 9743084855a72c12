/** Requests to GitLab's REST API about one project: https://docs.gitlab.com/api/rest */

import { ERROR_NAMES } from '../../../core/contract/errors';
import { trimSlashes } from '../../../core/text/clean-path';
import { isLoopback } from '../../http/allowed-address';
import { createHttpClient } from '../../http/http-client';
import type { HttpReply } from '../../http/http-request';
import type { GitLabOptions } from './git-host';

export interface GitLabRequest<Result> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path below the project, such as `/statuses/...`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** True if the request may be sent again after its reply was lost. */
  readonly repeatable: boolean;
  /** Status codes that are not errors. */
  readonly expect: readonly number[];
  readonly read: (reply: HttpReply) => Promise<Result>;
}

/** Sends a request about one project. Throws `GitHostError`. */
export type GitLabRest = <Result>(request: GitLabRequest<Result>) => Promise<Result>;

/** Creates the client, without a request. */
export function createGitLabRest({ repository, apiUrl, token, clock }: GitLabOptions): GitLabRest {
  const allowLoopback = isLoopback(new URL(apiUrl).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const project = `${trimSlashes(apiUrl)}/projects/${encodeURIComponent(repository)}`;
  return async ({ method, path, body, repeatable, expect, read }) => {
    const headers = { authorization: `Bearer ${await token()}`, 'user-agent': 'image-pipeline' };
    const content =
      body === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return http.exchange({ method, url: new URL(`${project}${path}`), ...content, expect, repeatable }, read);
  };
}
