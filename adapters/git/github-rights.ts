/** What the pipeline's login may do on GitHub. Nothing is changed: what is asked to be written names a commit that cannot exist. */
import * as z from 'zod';
import { HttpError } from '../http/http-error';
import { discardBody } from '../http/read-body';
import { checkReply } from './checked-reply';
import type { GitHostRights } from './git-host-access';
import { createGitHubApi, type GitHubApi, type GitHubOptions, readGitHubJson } from './github-api';

const NO_SUCH_COMMIT = '0'.repeat(40);
/** The largest number that there could be. */
const NO_SUCH_PULL = 2 ** 31 - 1;
const Repository = z.object({ archived: z.boolean().optional(), full_name: z.string() });

export interface GitHubRightsOptions extends GitHubOptions {
  /** True if runs comment on pull requests. */
  readonly comments: boolean;
}

/** GitHub checks the right before it looks for the commit: 422 means allowed, 403 and 404 mean not. */
export async function readGitHubRights({ comments, ...options }: GitHubRightsOptions): Promise<GitHostRights> {
  const api = createGitHubApi(options);
  const { repository, scopes, expires } = await api.get({
    path: '',
    read: async (reply) => ({
      repository: checkReply(Repository, await readGitHubJson(reply), 'the repository cannot be read'),
      scopes: reply.headers.get('x-oauth-scopes'),
      expires: reply.headers.get('github-authentication-token-expiration'),
    }),
  });
  const [writesBranches, writesStatuses, writesComments] = await Promise.all([
    isAllowed(api, '/git/refs', { ref: 'refs/heads/image-pipeline-doctor', sha: NO_SUCH_COMMIT }),
    isAllowed(api, `/statuses/${NO_SUCH_COMMIT}`, { state: 'pending', context: 'image-pipeline-doctor' }),
    !comments || isAllowed(api, `/issues/${NO_SUCH_PULL}/comments`, { body: 'image-pipeline-doctor' }, [404, 422]),
  ]);
  return {
    missing: [
      ...(writesBranches ? [] : ['contents: write']),
      ...(writesStatuses ? [] : ['commit statuses: write']),
      ...(writesComments ? [] : ['pull requests: write']),
      ...(repository.archived === true ? ['a repository that is not archived'] : []),
    ],
    facts: [
      `repository ${repository.full_name}`,
      ...(scopes === null || scopes === '' ? [] : [`scopes ${scopes}`]),
      ...(expires === null ? [] : [`expires ${expires}`]),
    ],
  };
}

/** `allowed` are the answers to somebody who may do it, in the absence of what is asked about. */
async function isAllowed(
  api: GitHubApi,
  path: string,
  body: Readonly<Record<string, unknown>>,
  allowed: readonly number[] = [422],
): Promise<boolean> {
  try {
    return await api.send({
      method: 'POST',
      path,
      body,
      expect: [404, 422],
      repeatable: true,
      read: async (reply) => {
        discardBody(reply);
        return allowed.includes(reply.status);
      },
    });
  } catch (error) {
    if (error instanceof HttpError && error.code === 'FORBIDDEN') return false;
    throw error;
  }
}
