/** Pull requests on Gitea and Forgejo: https://docs.gitea.com/api/#tag/repository/operation/repoCreatePullRequest */
import * as z from 'zod';
import { ERROR_NAMES, messageOf } from '../../../core/contract/errors';
import type { MergeRequest, PullProposal, PullRequest, PullRequestHost } from '../../../core/ports/pull-request';
import { isLoopback } from '../../http/allowed-address';
import { createHttpClient } from '../../http/http-client';
import { HttpError } from '../../http/http-error';
import { createWireClient } from '../wire/client';
import { pushNewBranch } from '../wire/new-branch';
import { createGiteaRest, type GiteaOptions, type GiteaRest, readPages, wireAddress } from './git-host';

/** Creates access to pull requests. The token needs the scopes `write:repository` and `write:issue`. */
export function createGiteaPullRequests(options: GiteaOptions): PullRequestHost {
  const send = createGiteaRest(options);
  const { clock, apiUrl } = options;
  const allowLoopback = isLoopback(new URL(apiUrl).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const client = createWireClient({ ...wireAddress(options), http, checksFilters: true });
  return {
    createBranch: (branch, commit) => pushNewBranch(client, branch, commit),
    open: async (base) => (await list(send, base)).map(pullOf),
    propose: (proposal) => propose(send, proposal),
    read: async (number) => pullOf(await read(send, number)),
    merge: (request) => merge(send, request),
    close: (number, reason) => close(send, number, reason),
  };
}

const Side = z.object({ ref: z.string(), sha: z.string(), repo_id: z.int() });
const Reply = z.object({
  number: z.int(),
  html_url: z.string(),
  body: z.string(),
  state: z.string(),
  merged: z.boolean(),
  merge_commit_sha: z.string().nullish(),
  head: Side,
  base: Side,
});
type Reply = z.infer<typeof Reply>;

/** The reply does not say why one cannot be merged, and `mergeable` is false also while Gitea finds out. */
function pullOf({ number, html_url: url, head, base, ...reply }: Reply): PullRequest {
  return {
    number,
    url,
    base: base.ref,
    branch: head.ref,
    head: head.sha,
    body: reply.body,
    state: reply.merged ? 'merged' : reply.state === 'open' ? 'open' : 'closed',
    ...(reply.merged && reply.merge_commit_sha ? { mergeCommit: reply.merge_commit_sha } : {}),
    isOutdated: false,
  };
}

/** Returns the open ones. A fork may have a branch of the same name; its pull requests are left out. */
async function list(send: GiteaRest, base: string): Promise<Reply[]> {
  // `state=open` is the default.
  const found = await readPages(send, '/pulls', Reply, 'the pull requests cannot be listed');
  return found.filter((each) => each.base.ref === base && each.head.repo_id === each.base.repo_id);
}

/** 409 means that the branch has an open one, such as that of a request whose reply was lost. */
async function propose(send: GiteaRest, { base, branch, title, body }: PullProposal): Promise<PullRequest> {
  const find = async () => (await list(send, base)).find(({ head }) => head.ref === branch);
  const existing = await find();
  if (existing !== undefined) return pullOf(existing);
  try {
    const made = await send({
      method: 'POST',
      path: '/pulls',
      body: { base, head: branch, title, body },
      repeatable: true,
      expect: 201,
      reads: [Reply, 'the pull request cannot be made'],
    });
    return pullOf(made);
  } catch (error) {
    const other = error instanceof HttpError && error.status === 409 ? await find() : undefined;
    if (other === undefined) throw error;
    return pullOf(other);
  }
}

function read(send: GiteaRest, number: number): Promise<Reply> {
  const reads = [Reply, `pull request ${number} cannot be read`] as const;
  return send({ method: 'GET', path: `/pulls/${number}`, repeatable: true, expect: 200, reads });
}

/**
 * https://docs.gitea.com/api/#tag/repository/operation/repoMergePullRequest. 201 means that it is merged once its checks succeed, 200 that
 * it is merged. 405 and 409 are refusals; a second request for the same is refused as already scheduled.
 */
async function merge(send: GiteaRest, { number, head, method, message }: MergeRequest): Promise<string | undefined> {
  const [title = '', ...rest] = message.split('\n');
  const fields = { MergeTitleField: title, MergeMessageField: rest.join('\n').trim() };
  const body = { Do: method, head_commit_id: head, merge_when_checks_succeed: true, ...fields };
  try {
    await send({ method: 'POST', path: `/pulls/${number}/merge`, body, repeatable: true, expect: [200, 201] });
    return undefined;
  } catch (error) {
    if (!(error instanceof HttpError) || ![403, 405, 409].includes(error.status ?? 0)) throw error;
    return /already scheduled/i.test(error.message) ? undefined : messageOf(error);
  }
}

async function close(send: GiteaRest, number: number, reason: string): Promise<void> {
  if (pullOf(await read(send, number)).state !== 'open') return;
  const path = `/pulls/${number}`;
  await send({ method: 'PATCH', path, body: { state: 'closed' }, repeatable: true, expect: 201 });
  const comment = { path: `/issues/${number}/comments`, body: { body: reason } };
  // Not repeated, because a second comment would be visible. A lost one is no reason to fail.
  await send({ method: 'POST', ...comment, repeatable: false, expect: 201 }).catch(() => undefined);
}
