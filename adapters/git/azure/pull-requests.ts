/** Pull requests on Azure DevOps, with auto-complete: https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests */
import * as z from 'zod';
import type { MergeMethod } from '../../../core/contract/release';
import type { MergeRequest, PullProposal, PullRequest, PullRequestHost } from '../../../core/ports/pull-request';
import { closeWithComment, openOnce, otherHead, refusedWith } from '../pulls/once';
import { fitText, fitTitle, markedBody, plainBody } from '../pulls/texts';
import { type GitRest, type HostOptions, json, pagesOf } from '../rest';
import { openWireClient, pushNewBranch } from '../wire/git-host';
import { azureWire, createAzureRest, createProjectRest, VERSION } from './git-host';

/** What requests need. */
interface Access {
  readonly send: GitRest;
  readonly project: GitRest;
  /** The address of the repository's web pages. */
  readonly pages: string;
}

/** Creates access to pull requests. Its owner needs the permissions *Contribute* and *Contribute to pull requests*. */
export function createAzurePullRequests(options: HostOptions): PullRequestHost {
  const wire = azureWire(options);
  const client = openWireClient(wire);
  const access = { send: createAzureRest(options), project: createProjectRest(options), pages: wire.url };
  return {
    createBranch: (branch, commit) => pushNewBranch(client, branch, commit),
    open: async (base) => (await list(access, base)).map((reply) => pullOf(access, reply)),
    propose: (proposal) => propose(access, proposal),
    read: (number) => readWhole(access, number),
    merge: (request) => merge(access, request),
    close: (number, reason) => close(access, number, reason),
  };
}

const Commit = z.object({ commitId: z.string() });
const Reply = z.object({
  pullRequestId: z.int(),
  /** At most 400 characters in a list. */
  description: z.string().nullish(),
  status: z.string(),
  mergeStatus: z.string().optional(),
  sourceRefName: z.string(),
  targetRefName: z.string(),
  lastMergeSourceCommit: Commit.nullish(),
  /** Of an open one the commit of a test merge. */
  lastMergeCommit: Commit.nullish(),
  /** Set for one from a fork. */
  forkSource: z.object({}).nullish(),
  createdBy: z.object({ id: z.string() }),
  repository: z.object({ project: z.object({ id: z.string() }) }),
});
type Reply = z.infer<typeof Reply>;

/** A completed one is being merged until its merge has succeeded. */
function stateOf({ status, mergeStatus }: Reply): PullRequest['state'] {
  if (status === 'abandoned') return 'closed';
  return status === 'completed' && mergeStatus === 'succeeded' ? 'merged' : 'open';
}

function pullOf({ pages }: Access, reply: Reply): PullRequest {
  const state = stateOf(reply);
  const mergeCommit = state === 'merged' ? reply.lastMergeCommit?.commitId : undefined;
  return {
    number: reply.pullRequestId,
    url: `${pages}/pullrequest/${reply.pullRequestId}`,
    base: nameOf(reply.targetRefName),
    branch: nameOf(reply.sourceRefName),
    head: reply.lastMergeSourceCommit?.commitId ?? '',
    body: markedBody(reply.description ?? ''),
    state,
    ...(mergeCommit === undefined ? {} : { mergeCommit }),
    isOutdated: false,
  };
}

function nameOf(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}

const PER_PAGE = 100;

/** A fork may have a branch of the same name. Its pull requests are left out. */
async function list(
  { send }: Access,
  base: string,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly Reply[]> {
  const found: Reply[] = [];
  const wanted = { 'searchCriteria.status': 'active', 'searchCriteria.targetRefName': `refs/heads/${base}`, ...more };
  const readPage = async (page: number) => {
    const query = new URLSearchParams({ ...wanted, $top: `${PER_PAGE}`, $skip: `${(page - 1) * PER_PAGE}` });
    const read = json(z.object({ value: z.array(Reply) }), 'the pull requests cannot be listed');
    return (await send({ path: `/pullrequests?${query}&${VERSION}`, read })).value;
  };
  for await (const some of pagesOf(readPage, PER_PAGE)) {
    found.push(...some.filter(({ forkSource }) => forkSource == null));
  }
  return found;
}

/** The most that the API accepts. A message has no documented limit; the same is kept there. */
const LONGEST_TITLE = 400;
const LARGEST_TEXT = 4000;

/** 409 means that the branch has an open one (TF401179). */
function propose(access: Access, proposal: PullProposal): Promise<PullRequest> {
  const { base, branch, title, body } = proposal;
  const sourceRefName = `refs/heads/${branch}`;
  const find = async () => {
    const [found] = await list(access, base, { 'searchCriteria.sourceRefName': sourceRefName });
    return found && pullOf(access, found);
  };
  return openOnce(proposal, find, async () => {
    const made = await access
      .send({
        method: 'POST',
        path: `/pullrequests?${VERSION}`,
        body: {
          sourceRefName,
          targetRefName: `refs/heads/${base}`,
          title: fitTitle(title, LONGEST_TITLE),
          description: plainBody(body, LARGEST_TEXT),
        },
        repeatable: true,
        // The description of the API names 200 only, but a new object may also be told as 201.
        expect: [200, 201],
        read: json(Reply, 'the pull request cannot be made'),
      })
      .catch(refusedWith(400, 409));
    return typeof made === 'string' ? made : pullOf(access, made);
  });
}

function read({ send }: Access, number: number): Promise<Reply> {
  const read = json(Reply, `pull request ${number} cannot be read`);
  return send({ path: `/pullrequests/${number}?${VERSION}`, read });
}

async function readWhole(access: Access, number: number): Promise<PullRequest> {
  const reply = await read(access, number);
  const pull = pullOf(access, reply);
  if (pull.state !== 'open') return pull;
  const waitsFor = (await obstacles(access, reply)).join('; ');
  return { ...pull, ...(waitsFor === '' ? {} : { waitsFor }) };
}

const Evaluations = z.object({
  value: z.array(
    z.object({
      status: z.string(),
      configuration: z.object({
        isEnabled: z.boolean(),
        isBlocking: z.boolean(),
        type: z.object({ displayName: z.string().default('a policy') }),
      }),
    }),
  ),
});

/** Returns what holds an open one up: https://learn.microsoft.com/rest/api/azure/devops/policy/evaluations/list */
async function obstacles({ project }: Access, reply: Reply): Promise<readonly string[]> {
  const { pullRequestId, mergeStatus = 'notSet', repository } = reply;
  const artifactId = `vstfs:///CodeReview/CodeReviewId/${repository.project.id}/${pullRequestId}`;
  const { value } = await project({
    path: `/policy/evaluations?${new URLSearchParams({ artifactId })}&${VERSION}-preview.1`,
    read: json(Evaluations, `the policies of pull request ${pullRequestId} cannot be read`),
  });
  const unmet = value.filter(
    ({ status, configuration: { isEnabled, isBlocking } }) =>
      isEnabled && isBlocking && status !== 'approved' && status !== 'notApplicable',
  );
  return [
    ...(mergeStatus === 'succeeded' ? [] : [mergeStatus]),
    ...unmet.map(({ status, configuration }) => `${configuration.type.displayName}: ${status}`),
  ];
}

const STRATEGIES: Readonly<Record<MergeMethod, string>> = {
  squash: 'squash',
  merge: 'noFastForward',
  rebase: 'rebase',
};

/**
 * One that nothing holds up is completed, if it still has the head. Any other is set to complete by itself, which takes the id of the login:
 * it is the one that has opened it. Policies are never bypassed, because that would have to be asked for.
 */
async function merge(access: Access, { number, head, method, message }: MergeRequest): Promise<string | undefined> {
  const reply = await read(access, number);
  const other = otherHead(reply.lastMergeSourceCommit?.commitId ?? '', head);
  if (other !== undefined) return other;
  if (reply.mergeStatus !== 'succeeded') return reply.mergeStatus ?? 'notSet';
  const isReady = (await obstacles(access, reply)).length === 0;
  const completionOptions = {
    mergeStrategy: STRATEGIES[method],
    mergeCommitMessage: fitText(message, LARGEST_TEXT, 'The summary of the run has the rest.'),
    deleteSourceBranch: false,
  };
  const done = isReady
    ? { status: 'completed', lastMergeSourceCommit: { commitId: head } }
    : { autoCompleteSetBy: { id: reply.createdBy.id } };
  const asked = await access
    .send({
      method: 'PATCH',
      path: `/pullrequests/${number}?${VERSION}`,
      body: { ...done, completionOptions },
      repeatable: true,
      read: json(Reply, `pull request ${number} cannot be merged`),
    })
    .catch(refusedWith(400, 403, 409));
  if (typeof asked === 'string') return asked;
  // A completion runs after the reply, and may fail.
  return !isReady || stateOf(asked) === 'merged' ? undefined : 'Azure DevOps is still merging it';
}

function close(access: Access, number: number, reason: string): Promise<void> {
  const abandoned = { path: `/pullrequests/${number}?${VERSION}`, body: { status: 'abandoned' }, repeatable: true };
  const comments = [{ parentCommentId: 0, content: reason, commentType: 'text' }];
  const thread = { body: { comments, status: 'closed' }, expect: [200, 201] };
  return closeWithComment(
    async () => (await read(access, number)).status === 'active',
    () => access.send({ method: 'PATCH', ...abandoned }),
    () => access.send({ method: 'POST', path: `/pullRequests/${number}/threads?${VERSION}`, ...thread }),
  );
}
