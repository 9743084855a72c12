/** The rights of the pipeline's login on GitHub. Nothing is changed: each write names a commit that cannot exist. */
import * as z from 'zod';
import type { GitTask } from '../../../core/settings/git-login';
import { HttpError } from '../../http/http-error';
import type { HttpReply } from '../../http/http-request';
import type { GitHostRights, RightsOptions } from '../git-host-access';
import { discard, json } from '../rest';
import { createGitHubApi, type GitHubApi } from './api';

const NO_SUCH_COMMIT = '0'.repeat(40);
/** The largest number that GitHub could use. */
const NO_SUCH_PULL = 2 ** 31 - 1;
const NO_SUCH_BRANCH = 'image-pipeline-doctor';
const Repository = z.object({ archived: z.boolean().optional(), full_name: z.string() });

interface GitHubRightsOptions extends RightsOptions {
  /** True for an App, which announces runs with check runs. */
  readonly isApp: boolean;
}

/** Reads the rights. GitHub checks a right before it looks up the commit: 422 means allowed, 403 and 404 mean forbidden. */
export async function readGitHubRights({ tasks, isApp, ...options }: GitHubRightsOptions): Promise<GitHostRights> {
  const api = createGitHubApi(options);
  const { repository, scopes, expires } = await api.send({
    path: '',
    read: async (reply) => ({
      repository: await json(Repository, 'the repository cannot be read')(reply),
      scopes: reply.headers.get('x-oauth-scopes'),
      expires: reply.headers.get('github-authentication-token-expiration'),
    }),
  });
  const wants = (task: GitTask) => tasks.includes(task);
  const [reads, writesBranches, announces, writesComments, opensPulls] = await Promise.all([
    !wants('read') || isReadable(api),
    isAllowed(api, '/git/refs', { ref: 'refs/heads/image-pipeline-doctor', sha: NO_SUCH_COMMIT }),
    !wants('announce') || mayAnnounce(api, isApp),
    !wants('comment') ||
      isAllowed(api, `/issues/${NO_SUCH_PULL}/comments`, { body: 'image-pipeline-doctor' }, [404, 422]),
    !wants('propose') ||
      isAllowed(api, '/pulls', { title: NO_SUCH_BRANCH, head: NO_SUCH_BRANCH, base: NO_SUCH_BRANCH }),
  ]);
  return {
    missing: [
      ...(reads || wants('commit') ? [] : ['contents: read']),
      ...(writesBranches || !wants('commit') ? [] : ['contents: write']),
      ...(announces ? [] : [isApp ? 'checks: write' : 'commit statuses: write']),
      ...(writesComments && opensPulls ? [] : ['pull requests: write']),
      ...(repository.archived === true ? ['a repository that is not archived'] : []),
    ],
    excess: writesBranches && !wants('commit') ? ['contents: write'] : [],
    facts: [
      `repository ${repository.full_name}`,
      ...(scopes === null || scopes === '' ? [] : [`scopes ${scopes}`]),
      ...(expires === null ? [] : [`expires ${expires}`]),
    ],
  };
}

function mayAnnounce(api: GitHubApi, isApp: boolean): Promise<boolean> {
  const name = 'image-pipeline-doctor';
  if (isApp) return isAllowed(api, '/check-runs', { name, head_sha: NO_SUCH_COMMIT, status: 'in_progress' });
  return isAllowed(api, `/statuses/${NO_SUCH_COMMIT}`, { state: 'pending', context: name });
}

/** The reply 409 means an empty repository. */
async function isReadable(api: GitHubApi): Promise<boolean> {
  const read = async (reply: HttpReply) => {
    await discard(reply);
    return reply.status !== 404;
  };
  return notForbidden(api.send({ path: '/commits?per_page=1', expect: [200, 404, 409], read }));
}

/** `allowed` are the statuses for a login with the right, although the object does not exist. */
async function isAllowed(
  api: GitHubApi,
  path: string,
  body: Readonly<Record<string, unknown>>,
  allowed: readonly number[] = [422],
): Promise<boolean> {
  const read = async (reply: HttpReply) => {
    await discard(reply);
    return allowed.includes(reply.status);
  };
  return notForbidden(api.send({ method: 'POST', path, body, expect: [404, 422], repeatable: true, read }));
}

async function notForbidden(request: Promise<boolean>): Promise<boolean> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof HttpError && error.code === 'FORBIDDEN') return false;
    throw error;
  }
}
