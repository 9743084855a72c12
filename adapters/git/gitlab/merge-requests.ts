/** Merge requests on GitLab: https://docs.gitlab.com/api/merge_requests/ */
import * as z from 'zod';
import { ERROR_NAMES } from '../../../core/contract/errors';
import type { MergeRequest, PullProposal, PullRequest, PullRequestHost } from '../../../core/ports/pull-request';
import { isLoopback } from '../../http/allowed-address';
import { readServerMessage } from '../../http/describe-failure';
import { createHttpClient } from '../../http/http-client';
import { discardBody, type HttpReply, readJson } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import { openOnce, otherHead } from '../pulls/once';
import { pushNewBranch } from '../wire/new-branch';
import { createGitLabWire, type GitLabOptions } from './git-host';
import { createGitLabRest, type GitLabRest } from './rest';

/** Creates access to merge requests. The token needs the scopes `api` and `write_repository`. */
export function createGitLabMergeRequests(options: GitLabOptions): PullRequestHost {
  const send = createGitLabRest(options);
  const allowLoopback = isLoopback(new URL(options.apiUrl).hostname);
  const { clock } = options;
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const client = createGitLabWire({ ...options, http });
  return {
    createBranch: (branch, commit) => pushNewBranch(client, branch, commit),
    open: async (base) => (await list(send, { target_branch: base })).map(pullOf),
    propose: (proposal) => propose(send, proposal),
    read: async (number) => pullOf(await read(send, number)),
    merge: (request) => merge(send, request),
    close: (number, reason) => close(send, number, reason),
  };
}

const LARGEST_JSON = 16 * 1024 * 1024;

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
const MAX_PAGES = 10;

/** A fork may have a branch of the same name. Its merge requests are left out. */
async function list(
  send: GitLabRest,
  wanted: { readonly target_branch: string; readonly source_branch?: string },
): Promise<Reply[]> {
  const found: Reply[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const query = new URLSearchParams({ ...wanted, state: 'opened', per_page: `${PER_PAGE}`, page: `${page}` });
    const some = await send({
      method: 'GET',
      path: `/merge_requests?${query}`,
      repeatable: true,
      expect: [200],
      read: jsonOf(z.array(Reply), 'the merge requests cannot be listed'),
    });
    found.push(...some.filter((each) => each.source_project_id === each.target_project_id));
    if (some.length < PER_PAGE) break;
  }
  return found;
}

/** 409 means that the branch has an open one, such as that of a request whose reply was lost. */
function propose(send: GitLabRest, proposal: PullProposal): Promise<PullRequest> {
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
        if (reply.status === 201) return pullOf(await jsonOf(Reply, 'the merge request cannot be made')(reply));
        return (await readServerMessage(reply)).message;
      },
    }),
  );
}

function read(send: GitLabRest, number: number): Promise<Reply> {
  const what = `merge request ${number} cannot be read`;
  const path = `/merge_requests/${number}`;
  return send({ method: 'GET', path, repeatable: true, expect: [200], read: jsonOf(Reply, what) });
}

/** States in which GitLab has not yet looked at the merge request, and would merge it before its pipeline exists. */
const UNSEEN: readonly string[] = ['unchecked', 'checking', 'preparing', 'approvals_syncing'];

/** `auto_merge` waits for the pipeline; versions before 17.11 know only the older name. 405, 409 and 422 are refusals. */
async function merge(send: GitLabRest, { number, head, method, message }: MergeRequest): Promise<string | undefined> {
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
    repeatable: true,
    expect: [200, 401, 405, 406, 409, 422],
    read: async (reply) => {
      if (reply.status === 200) return void discardBody(reply);
      const { message: reason } = await readServerMessage(reply);
      return status === '' ? reason : `${reason} (${status})`;
    },
  });
}

async function close(send: GitLabRest, number: number, reason: string): Promise<void> {
  if (pullOf(await read(send, number)).state !== 'open') return;
  const path = `/merge_requests/${number}`;
  const discard = async (reply: HttpReply) => discardBody(reply);
  const body = { state_event: 'close' };
  await send({ method: 'PUT', path, body, repeatable: true, expect: [200], read: discard });
  const note = { path: `${path}/notes`, body: { body: reason } };
  // Not repeated, because a second note would be visible. A lost one is no reason to fail.
  await send({ method: 'POST', ...note, repeatable: false, expect: [201], read: discard }).catch(() => undefined);
}

function jsonOf<Shape>(shape: z.ZodType<Shape>, what: string): (reply: HttpReply) => Promise<Shape> {
  return async (reply) => checkReply(shape, await readJson(reply, LARGEST_JSON), what);
}
