/** Pull requests on Gitea and Forgejo: https://docs.gitea.com/api/#tag/repository/operation/repoCreatePullRequest */
import * as z from 'zod';
import type { MergeRequest, PullProposal, PullRequest, PullRequestHost } from '../../../core/ports/pull-request';
import { closeWithComment, openOnce, refusedWith } from '../pulls/once';
import { type GitRest, type HostOptions, json } from '../rest';
import { openWireClient, pushNewBranch } from '../wire/git-host';
import { createGiteaRest, readPages, wireAddress } from './git-host';

/** Creates access to pull requests. The token needs the scopes `write:repository` and `write:issue`. */
export function createGiteaPullRequests(options: HostOptions): PullRequestHost {
  const send = createGiteaRest(options);
  const client = openWireClient(wireAddress(options));
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
async function list(send: GitRest, base: string): Promise<Reply[]> {
  // `state=open` is the default.
  const found = await readPages(send, '/pulls', Reply, 'the pull requests cannot be listed');
  return found.filter((each) => each.base.ref === base && each.head.repo_id === each.base.repo_id);
}

/** 409 means that the branch has an open one, such as that of a request whose reply was lost. */
function propose(send: GitRest, proposal: PullProposal): Promise<PullRequest> {
  const { base, branch, title, body } = proposal;
  const find = async () => {
    const found = (await list(send, base)).find(({ head }) => head.ref === branch);
    return found && pullOf(found);
  };
  return openOnce(proposal, find, async () => {
    const made = await send({
      method: 'POST',
      path: '/pulls',
      body: { base, head: branch, title, body },
      repeatable: true,
      expect: [201],
      read: json(Reply, 'the pull request cannot be made'),
    }).catch(refusedWith(409));
    return typeof made === 'string' ? made : pullOf(made);
  });
}

function read(send: GitRest, number: number): Promise<Reply> {
  const read = json(Reply, `pull request ${number} cannot be read`);
  return send({ path: `/pulls/${number}`, read });
}

/**
 * https://docs.gitea.com/api/#tag/repository/operation/repoMergePullRequest. 201 means that it is merged once its checks succeed, 200 that
 * it is merged. 405 and 409 are refusals; a second request for the same is refused as already scheduled.
 */
async function merge(send: GitRest, { number, head, method, message }: MergeRequest): Promise<string | undefined> {
  const [title = '', ...rest] = message.split('\n');
  const fields = { MergeTitleField: title, MergeMessageField: rest.join('\n').trim() };
  const body = { Do: method, head_commit_id: head, merge_when_checks_succeed: true, ...fields };
  const refused = await send({
    method: 'POST',
    path: `/pulls/${number}/merge`,
    body,
    repeatable: true,
    expect: [200, 201],
  }).catch(refusedWith(403, 405, 409));
  return refused === undefined || /already scheduled/i.test(refused) ? undefined : refused;
}

function close(send: GitRest, number: number, reason: string): Promise<void> {
  const closed = { path: `/pulls/${number}`, body: { state: 'closed' }, repeatable: true, expect: [201] };
  return closeWithComment(
    async () => pullOf(await read(send, number)).state === 'open',
    () => send({ method: 'PATCH', ...closed }),
    () => send({ method: 'POST', path: `/issues/${number}/comments`, body: { body: reason }, expect: [201] }),
  );
}
