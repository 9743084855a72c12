/** Requests of GitLab's REST API that change something or are read once: address, login, retries. https://docs.gitlab.com/api/rest */
import { ERROR_NAMES } from '../../../core/contract/errors';
import { isLoopback } from '../../http/allowed-address';
import { createHttpClient } from '../../http/http-client';
import type { HttpReply } from '../../http/http-request';
import type { GitLabOptions } from './git-host';

export interface GitLabRequest<Result> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the project, `/statuses/...`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Whether a second one does no harm after the answer to the first was lost. */
  readonly repeatable: boolean;
  /** Status codes that are no error. */
  readonly expect: readonly number[];
  readonly read: (reply: HttpReply) => Promise<Result>;
}

/** Sends requests about one project. They throw `GitHostError`. */
export type GitLabRest = <Result>(request: GitLabRequest<Result>) => Promise<Result>;

/** Makes no request yet. */
export function createGitLabRest({ repository, apiUrl, token, clock }: GitLabOptions): GitLabRest {
  const allowLoopback = isLoopback(new URL(apiUrl).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const project = `${apiUrl.replace(/\/+$/, '')}/projects/${encodeURIComponent(repository)}`;
  return async ({ method, path, body, repeatable, expect, read }) => {
    const headers = { authorization: `Bearer ${await token()}`, 'user-agent': 'image-pipeline' };
    const content =
      body === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return http.exchange({ method, url: new URL(`${project}${path}`), ...content, expect, repeatable }, read);
  };
}
