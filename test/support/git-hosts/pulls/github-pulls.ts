/** Pull requests and rules on the fake of GitHub. */
import type { MergeMethod } from '../../../../core/contract/release';
import type { ApiAnswer, ApiCall } from '../../git/git-api-server';
import type { Resolver } from '../fake-github-graphql';
import { GraphqlError } from '../fake-github-repository';
import type { FakePull, FakePulls } from './fake-pulls';

const PER_PAGE = 100;

/** Replies to calls about pull requests that `pulls` has, and about rules; undefined for any other. */
export function answerGitHubPulls(pulls: FakePulls, { name, query, body }: ApiCall): ApiAnswer | undefined {
  if (name.startsWith('GET /rules/branches/')) return { status: 200, body: rulesets(pulls) };
  if (name === 'GET /rulesets/42') return { status: 200, body: ruleset(pulls) };
  if (name === 'POST /pulls') return createPull(pulls, body as unknown as NewPull);
  if (name === 'GET /pulls') return listPulls(pulls, query);
  const [, method, kind, number, rest] = /^(\w+) \/(pulls|issues)\/(\d+)(\/merge|\/comments)?$/.exec(name) ?? [];
  const pull = pulls.find(Number(number));
  if (pull === undefined) return undefined;
  if (kind === 'issues' && method === 'POST') {
    pull.comments.push(body.body ?? '');
    return { status: 201, body: { id: 5000 + pull.comments.length, body: body.body } };
  }
  if (rest === '/merge') return mergePull(pulls, pull, body as unknown as Merge);
  if (method === 'PATCH' && pull.state === 'open') pull.state = body.state ?? 'open';
  return { status: 200, body: { ...shown(pull), mergeable_state: mergeableState(pulls, pull) } };
}

/** The mutations, which only GraphQL has. */
export function gitHubPullMutations(pulls: FakePulls): Resolver {
  return {
    enablePullRequestAutoMerge: ({ input }: { input: AutoMergeInput }) => {
      const pull = byNode(pulls, input);
      if (!pulls.rules.allowsAutoMerge) throw refused('Auto merge is not allowed for this repository');
      if (pulls.status(pull) === 'ready') throw refused('Pull request Pull request is in clean status');
      const message = pulls.rules.hasQueue ? `Merge pull request #${pull.number}` : messageOf(input);
      const method = input.mergeMethod.toLowerCase() as MergeMethod;
      pulls.schedule(pull, { head: pull.head, method: pulls.rules.hasQueue ? 'merge' : method, message });
      return { clientMutationId: null };
    },
    enqueuePullRequest: ({ input }: { input: AutoMergeInput }) => {
      const pull = byNode(pulls, input);
      if (!pulls.rules.hasQueue) throw refused('The merge queue is not enabled');
      const message = `Merge pull request #${pull.number} from cloud-tuner/${pull.branch}\n\n${pull.title}`;
      pulls.schedule(pull, { head: pull.head, method: 'merge', message });
      return { clientMutationId: null };
    },
  };
}

/** The older branch protection of a ref, as a login without administration sees it. */
export function gitHubUpdateRule({ rules }: FakePulls): Resolver | null {
  if (!rules.isProtected) return null;
  return {
    __typename: 'RefUpdateRule',
    requiredApprovingReviewCount: rules.needsReview ? 1 : null,
    requiredStatusCheckContexts: rules.needsCheck ? ['build'] : [],
    viewerCanPush: rules.needsReview || rules.needsCheck,
  };
}

interface AutoMergeInput {
  readonly pullRequestId: string;
  readonly expectedHeadOid: string;
  readonly mergeMethod: string;
  readonly commitHeadline: string;
  readonly commitBody: string;
}

function messageOf({ commitHeadline, commitBody }: AutoMergeInput): string {
  return commitBody === '' ? commitHeadline : `${commitHeadline}\n\n${commitBody}`;
}

function byNode(pulls: FakePulls, { pullRequestId, expectedHeadOid }: AutoMergeInput): FakePull {
  const pull = pulls.find(Number(pullRequestId.replace('PR_', '')));
  if (pull === undefined)
    throw new GraphqlError('NOT_FOUND', `Could not resolve to a node with the id ${pullRequestId}`);
  if (pull.head !== expectedHeadOid) throw refused('Head sha did not match expected head sha');
  return pull;
}

function refused(message: string): GraphqlError {
  return new GraphqlError('UNPROCESSABLE', message);
}

interface Merge {
  readonly sha: string;
  readonly merge_method: MergeMethod;
  readonly commit_title: string;
  readonly commit_message: string;
}

function mergePull(pulls: FakePulls, pull: FakePull, body: Merge): ApiAnswer {
  if (pulls.rules.hasQueue) return { status: 405, body: { message: 'Changes must be made through the merge queue' } };
  const { sha: head, merge_method: method, commit_title: title, commit_message: text } = body;
  const refusal = pulls.merge(pull, { head, method, message: text === '' ? title : `${title}\n\n${text}` });
  if (refusal === undefined) return { status: 200, body: { sha: pull.mergeCommit, merged: true, message: 'merged' } };
  return { status: refusal.startsWith('Head') ? 409 : 405, body: { message: refusal } };
}

type NewPull = Readonly<Record<'base' | 'head' | 'title' | 'body', string>>;

function createPull(pulls: FakePulls, given: NewPull): ApiAnswer {
  const made = pulls.add({ ...given, branch: given.head });
  const message = `Validation Failed: A pull request already exists for cloud-tuner:${given.head}.`;
  return made === undefined ? { status: 422, body: { message } } : { status: 201, body: shown(made) };
}

function listPulls(pulls: FakePulls, query: URLSearchParams): ApiAnswer {
  const head = query.get('head')?.replace(/^[^:]*:/, '');
  const start = (Number(query.get('page') ?? 1) - 1) * PER_PAGE;
  const found = pulls.open(query.get('base') ?? '').filter(({ branch }) => (head ?? branch) === branch);
  return { status: 200, body: found.slice(start, start + PER_PAGE).map(shown) };
}

const OWN_ID = 482915;

function shown({ number, head, branch, base, isFork, state, mergeCommit, title, body }: FakePull): object {
  return {
    number,
    node_id: `PR_${number}`,
    html_url: `https://github.com/cloud-tuner/optscale/pull/${number}`,
    state: state === 'open' ? 'open' : 'closed',
    title,
    body,
    merged_at: state === 'merged' ? '2026-11-29T12:00:00Z' : null,
    // GitHub gives an open one the commit of a test merge.
    merge_commit_sha: mergeCommit ?? 'f'.repeat(40),
    head: { ref: branch, sha: head, repo: { id: isFork ? 99 : OWN_ID } },
    base: { ref: base, sha: '0'.repeat(40), repo: { id: OWN_ID } },
  };
}

function mergeableState(pulls: FakePulls, pull: FakePull): string {
  if (pull.state !== 'open') return 'unknown';
  return { conflict: 'dirty', outdated: 'behind', blocked: 'blocked', ready: 'clean' }[pulls.status(pull)];
}

function ruleset({ rules }: FakePulls): object {
  const source = { name: 'main', target: 'branch', source_type: 'Repository', source: 'cloud-tuner/optscale' };
  const bypass = { current_user_can_bypass: rules.canBypass ? 'always' : 'never' };
  return { id: 42, ...source, enforcement: 'active', ...bypass };
}

function rulesets({ rules }: FakePulls): object[] {
  const ruleset = { ruleset_source_type: 'Repository', ruleset_source: 'cloud-tuner/optscale', ruleset_id: 42 };
  return [{ type: 'deletion', ...ruleset }, ...(rules.hasQueue ? [{ type: 'merge_queue', ...ruleset }] : [])];
}
