/** Pull requests on GitHub: https://docs.github.com/en/rest/pulls/pulls, and auto-merge, which only GraphQL has. */
import * as z from 'zod';
import { messageOf } from '../../../core/contract/errors';
import type { MergeMethod } from '../../../core/contract/release';
import type { MergeRequest, PullProposal, PullRequest, PullRequestHost } from '../../../core/ports/pull-request';
import { readServerMessage } from '../../http/describe-failure';
import { HttpError } from '../../http/http-error';
import type { HttpReply } from '../../http/http-request';
import { refusedRef } from '../object-name';
import { closeWithComment, openOnce, otherHead } from '../pulls/once';
import { discard, type HostOptions, json, pagesOf } from '../rest';
import { createGitHubApi, describeProblems, type GitHubApi } from './api';
import { branchHead } from './refs';

/** Creates access to pull requests. The token needs the permissions to write contents and pull requests. */
export function createGitHubPullRequests(options: HostOptions): PullRequestHost {
  const api = createGitHubApi(options);
  return {
    createBranch: (branch, commit) => createBranch(api, branch, commit),
    open: async (base) => (await list(api, { base })).map(pullOf),
    propose: (proposal) => propose(api, proposal),
    read: async (number) => pullOf(await read(api, number)),
    merge: (request) => merge(api, request),
    close: (number, reason) => close(api, number, reason),
  };
}

const Side = z.object({ ref: z.string(), sha: z.string(), repo: z.object({ id: z.int() }).nullable() });
const Reply = z.object({
  number: z.int(),
  node_id: z.string(),
  html_url: z.string(),
  body: z.string().nullable(),
  state: z.string(),
  merged_at: z.string().nullable(),
  merge_commit_sha: z.string().nullable(),
  head: Side,
  base: Side,
  /** Only in the reply about one pull request. `unknown` while GitHub computes it. */
  mergeable_state: z.string().optional(),
});
type Reply = z.infer<typeof Reply>;

function pullOf({ number, html_url: url, head, base, mergeable_state: waitsFor, ...reply }: Reply): PullRequest {
  const isMerged = reply.merged_at !== null;
  return {
    number,
    url,
    base: base.ref,
    branch: head.ref,
    head: head.sha,
    body: reply.body ?? '',
    state: isMerged ? 'merged' : reply.state === 'open' ? 'open' : 'closed',
    ...(isMerged && reply.merge_commit_sha !== null ? { mergeCommit: reply.merge_commit_sha } : {}),
    isOutdated: waitsFor === 'behind',
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}

/** 422 means that the ref exists, or that a rule of the repository refuses it. */
async function createBranch(api: GitHubApi, branch: string, sha: string): Promise<string> {
  const refusal = await api.send({
    method: 'POST',
    path: '/git/refs',
    body: { ref: `refs/heads/${branch}`, sha },
    expect: [201, 422],
    repeatable: true,
    read: readRefusal,
  });
  const head = await branchHead(api, branch);
  if (head !== undefined) return head;
  throw refusedRef('branch', branch, `cannot be made: ${refusal ?? 'GitHub gave no reason'}`);
}

const PER_PAGE = 100;

/** A fork may have a branch of the same name. Its pull requests are left out. */
async function list(api: GitHubApi, wanted: { readonly base: string; readonly head?: string }): Promise<Reply[]> {
  const found: Reply[] = [];
  const readPage = (page: number) => {
    const query = new URLSearchParams({ ...wanted, state: 'open', per_page: `${PER_PAGE}`, page: `${page}` });
    return api.send({ path: `/pulls?${query}`, read: json(z.array(Reply), 'the pull requests cannot be listed') });
  };
  for await (const pulls of pagesOf(readPage, PER_PAGE)) {
    found.push(...pulls.filter(({ head, base }) => head.repo !== null && head.repo.id === base.repo?.id));
  }
  return found;
}

/** 422 means that the branch has an open one, or that the branches are equal. A repeated request finds the first one's. */
function propose(api: GitHubApi, proposal: PullProposal): Promise<PullRequest> {
  const { base, branch, title, body } = proposal;
  const find = async () => {
    const [found] = await list(api, { base, head: `${api.owner}:${branch}` });
    return found && pullOf(found);
  };
  return openOnce(proposal, find, () =>
    api.send({
      method: 'POST',
      path: '/pulls',
      body: { base, head: branch, title, body, maintainer_can_modify: false },
      expect: [201, 422],
      repeatable: true,
      read: async (reply) =>
        reply.status === 201
          ? pullOf(await json(Reply, 'the pull request cannot be made')(reply))
          : (await readServerMessage(reply)).message,
    }),
  );
}

function read(api: GitHubApi, number: number): Promise<Reply> {
  return api.send({ path: `/pulls/${number}`, read: json(Reply, `pull request ${number} cannot be read`) });
}

const METHODS: Readonly<Record<MergeMethod, string>> = { squash: 'SQUASH', merge: 'MERGE', rebase: 'REBASE' };

/** States in which GitHub merges for anybody. In any other, a login that may bypass rules would bypass them. */
const READY: readonly string[] = ['clean', 'has_hooks', 'unstable'];

/** GitHub refuses auto-merge for a pull request that nothing holds up: it is merged directly, or put into the merge queue. */
async function merge(api: GitHubApi, request: MergeRequest): Promise<string | undefined> {
  const { number, head, method, message } = request;
  const { node_id: id, mergeable_state: state = '', ...pull } = await read(api, number);
  const other = otherHead(pull.head.sha, head);
  if (other !== undefined) return other;
  const [commitHeadline = '', ...rest] = message.split('\n');
  const commitBody = rest.join('\n').trim();
  if (!READY.includes(state)) {
    const input = {
      pullRequestId: id,
      expectedHeadOid: head,
      mergeMethod: METHODS[method],
      commitHeadline,
      commitBody,
    };
    return mutate(api, 'enablePullRequestAutoMerge', 'EnablePullRequestAutoMergeInput', input);
  }
  const body = { sha: head, merge_method: method, commit_title: commitHeadline, commit_message: commitBody };
  const refusal = await mergeNow(api, number, body);
  if (refusal === undefined || !/merge queue/i.test(refusal)) return refusal;
  return mutate(api, 'enqueuePullRequest', 'EnqueuePullRequestInput', { pullRequestId: id, expectedHeadOid: head });
}

/** The request may be repeated: a merged pull request is refused with 405, and read by the next look. */
function mergeNow(api: GitHubApi, number: number, body: Readonly<Record<string, string>>): Promise<string | undefined> {
  return api
    .send({
      method: 'PUT',
      path: `/pulls/${number}/merge`,
      body,
      expect: [200, 405, 409, 422],
      read: readRefusal,
    })
    .catch(reasonOf);
}

/** A login without the right gets 403, which is a reason like any other. */
function reasonOf(error: unknown): string {
  if (error instanceof HttpError && error.code === 'FORBIDDEN') return messageOf(error);
  throw error;
}

async function mutate(api: GitHubApi, name: string, type: string, input: object): Promise<string | undefined> {
  const operation = name === 'enqueuePullRequest' ? 'Enqueue' : 'EnableAutoMerge';
  const query = `mutation ${operation}($input: ${type}!) { ${name}(input: $input) { clientMutationId } }`;
  const { problems } = await api.graphql(query, { input });
  return problems.length === 0 ? undefined : describeProblems(problems);
}

function close(api: GitHubApi, number: number, reason: string): Promise<void> {
  const comment = { path: `/issues/${number}/comments`, body: { body: reason }, expect: [201] };
  return closeWithComment(
    async () => pullOf(await read(api, number)).state === 'open',
    () => api.send({ method: 'PATCH', path: `/pulls/${number}`, body: { state: 'closed' }, repeatable: true }),
    () => api.send({ method: 'POST', ...comment }),
  );
}

/** Returns GitHub's reason of a refusal; undefined for a success. */
async function readRefusal(reply: HttpReply): Promise<string | undefined> {
  return reply.status < 300 ? discard(reply) : (await readServerMessage(reply)).message;
}
