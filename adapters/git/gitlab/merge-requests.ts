/** Merge requests on GitLab: https://docs.gitlab.com/api/merge_requests/ */
import * as z from 'zod';
import type { MergeRequest, PullProposal, PullRequest, PullRequestHost } from '../../../core/ports/pull-request';
import { readServerMessage } from '../../http/describe-failure';
import { closeWithComment, openOnce, otherHead } from '../pulls/once';
import { discard, type GitRest, type HostOptions, json, pagesOf } from '../rest';
import { openWireClient, pushNewBranch } from '../wire/git-host';
import { createGitLabRest, gitLabWire } from './git-host';

/** Creates access to merge requests. The token needs the scopes `api` and `write_repository`. */
export function createGitLabMergeRequests(options: HostOptions): PullRequestHost {
  const send = createGitLabRest(options);
  const client = openWireClient(gitLabWire(options));
  return {
    createBranch: (branch, commit) => pushNewBranch(client, branch, commit),
    open: async (base) => (await list(send, { target_branch: base })).map(pullOf),
    propose: (proposal) => propose(send, proposal),
    read: async (number) => pullOf(await read(send, number)),
    merge: (request) => merge(send, request),
    close: (number, reason) => close(send, number, reason),
  };
}

const Reply = z.object({
  iid: z.int(),
  web_url: z.string(),
  description: z.string().nullable(),
  state: z.string(),
  source_branch: z.string(),
  target_branch: z.string(),
  source_project_id: z.int().nullable(),
  target_project_id: z.int(),
  sha: z.string().nullable(),
  merge_commit_sha: z.string().nullish(),
  squash_commit_sha: z.string().nullish(),
  /** https://docs.gitlab.com/api/merge_requests/#merge-status; older versions do not have it. */
  detailed_merge_status: z.string().optional(),
});
type Reply = z.infer<typeof Reply>;

function pullOf(reply: Reply): PullRequest {
  const { iid: number, web_url: url, source_branch: branch, target_branch: base, sha } = reply;
  const isMerged = reply.state === 'merged';
  // A fast-forward makes no commit: the head itself becomes part of the branch.
  const mergeCommit = reply.merge_commit_sha ?? reply.squash_commit_sha ?? sha;
  const waitsFor = reply.detailed_merge_status;
  return {
    number,
    url,
    base,
    branch,
    head: sha ?? '',
    body: reply.description ?? '',
    // `locked` is short: a merge is going on.
    state: isMerged ? 'merged' : reply.state === 'closed' ? 'closed' : 'open',
    ...(isMerged && mergeCommit !== null ? { mergeCommit } : {}),
    isOutdated: waitsFor === 'need_rebase',
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}

const PER_PAGE = 100;

/** A fork may have a branch of the same name. Its merge requests are left out. */
async function list(
  send: GitRest,
  wanted: { readonly target_branch: string; readonly source_branch?: string },
): Promise<Reply[]> {
  const found: Reply[] = [];
  const readPage = (page: number) => {
    const query = new URLSearchParams({ ...wanted, state: 'opened', per_page: `${PER_PAGE}`, page: `${page}` });
    const read = json(z.array(Reply), 'the merge requests cannot be listed');
    return send({ path: `/merge_requests?${query}`, read });
  };
  for await (const some of pagesOf(readPage, PER_PAGE)) {
    found.push(...some.filter((each) => each.source_project_id === each.target_project_id));
  }
  return found;
}

/** 409 means that the branch has an open one, such as that of a request whose reply was lost. */
function propose(send: GitRest, proposal: PullProposal): Promise<PullRequest> {
  const { base, branch, title, body } = proposal;
  const find = async () => {
    const [found] = await list(send, { target_branch: base, source_branch: branch });
    return found && pullOf(found);
  };
  return openOnce(proposal, find, () =>
    send({
      method: 'POST',
      path: '/merge_requests',
      body: { source_branch: branch, target_branch: base, title, description: body, remove_source_branch: true },
      repeatable: true,
      expect: [201, 409],
      read: async (reply) => {
        if (reply.status === 201) return pullOf(await json(Reply, 'the merge request cannot be made')(reply));
        return (await readServerMessage(reply)).message;
      },
    }),
  );
}

function read(send: GitRest, number: number): Promise<Reply> {
  return send({
    path: `/merge_requests/${number}`,
    read: json(Reply, `merge request ${number} cannot be read`),
  });
}

/** States in which GitLab has not yet looked at the merge request, and would merge it before its pipeline exists. */
const UNSEEN: readonly string[] = ['unchecked', 'checking', 'preparing', 'approvals_syncing'];

/** `auto_merge` waits for the pipeline; versions before 17.11 know only the older name. 405, 409 and 422 are refusals. */
async function merge(send: GitRest, { number, head, method, message }: MergeRequest): Promise<string | undefined> {
  const { sha, detailed_merge_status: status = '' } = await read(send, number);
  const other = otherHead(sha ?? '', head);
  if (other !== undefined) return other;
  if (UNSEEN.includes(status)) return status;
  const squash = method === 'squash';
  const waits = status === 'mergeable' ? {} : { auto_merge: true, merge_when_pipeline_succeeds: true };
  const messages = squash ? { squash_commit_message: message } : { merge_commit_message: message };
  return send({
    method: 'PUT',
    path: `/merge_requests/${number}/merge`,
    body: { sha: head, squash, ...messages, ...waits },
    expect: [200, 401, 405, 406, 409, 422],
    read: async (reply) => {
      if (reply.status === 200) return discard(reply);
      const { message: reason } = await readServerMessage(reply);
      return status === '' ? reason : `${reason} (${status})`;
    },
  });
}

function close(send: GitRest, number: number, reason: string): Promise<void> {
  const path = `/merge_requests/${number}`;
  return closeWithComment(
    async () => pullOf(await read(send, number)).state === 'open',
    () => send({ method: 'PUT', path, body: { state_event: 'close' } }),
    () => send({ method: 'POST', path: `${path}/notes`, body: { body: reason }, expect: [201] }),
  );
}
