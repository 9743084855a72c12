/**
 * Pull requests on AWS CodeCommit: https://docs.aws.amazon.com/codecommit/latest/userguide/pull-requests.html. The service promises no merge,
 * so that the run asks for it at each look.
 */
import { createHash } from 'node:crypto';
import type { CodeCommitClient, PullRequest as Reply } from '@aws-sdk/client-codecommit';
import pLimit from 'p-limit';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { MergeRequest, PullProposal, PullRequest, PullRequestHost } from '../../../core/ports/pull-request';
import { repositoryUrl } from '../../../core/settings/git-pages';
import { closeWithComment, openOnce, otherHead } from '../pulls/once';
import { fitTitle, markedBody, plainBody } from '../pulls/texts';
import { IDENTITY } from '../tag-object';
import { openWireClient, pushNewBranch, type WireHostOptions } from '../wire/git-host';
import { type CodeCommitOptions, codeCommitWire } from './git-host';
import { asHostError, openClient } from './status-and-comment';

/** What requests need. */
interface Access {
  readonly repository: string;
  readonly apiUrl: string;
  readonly open: () => Promise<CodeCommitClient>;
}

/** Creates access to pull requests. The role needs the rights of `usingRepository(..., 'propose')`. */
export function createCodeCommitPullRequests(
  options: CodeCommitOptions,
  open: () => Promise<CodeCommitClient> = () => openClient(options.apiUrl),
  wire: WireHostOptions = codeCommitWire(options),
): PullRequestHost {
  const client = openWireClient(wire);
  const access = { repository: options.repository, apiUrl: options.apiUrl, open };
  return {
    createBranch: (branch, commit) => pushNewBranch(client, branch, commit),
    open: (base) => asHostError(() => list(access, base)),
    propose: (proposal) => propose(access, proposal),
    read: (number) => asHostError(() => readWhole(access, number)),
    merge: (request) => asHostError(() => merge(access, request)),
    close: (number, reason) => asHostError(() => close(access, number, reason)),
  };
}

function pullOf({ repository, apiUrl }: Access, reply: Reply): PullRequest {
  const { pullRequestId: number = '', description = '', pullRequestStatus, pullRequestTargets = [] } = reply;
  const target = pullRequestTargets.find(({ repositoryName }) => repositoryName === repository);
  const { mergeMetadata: { isMerged = false, mergeCommitId } = {} } = target ?? {};
  return {
    number: Number(number),
    url: `${repositoryUrl({ host: 'codecommit', repository, apiUrl })}/pull-requests/${number}`,
    base: nameOf(target?.destinationReference),
    branch: nameOf(target?.sourceReference),
    head: target?.sourceCommit ?? '',
    body: markedBody(description),
    state: isMerged ? 'merged' : pullRequestStatus === 'OPEN' ? 'open' : 'closed',
    ...(isMerged && mergeCommitId !== undefined ? { mergeCommit: mergeCommitId } : {}),
    isOutdated: false,
  };
}

function nameOf(reference = ''): string {
  return reference.replace(/^refs\/heads\//, '');
}

/** Requests at a time. The list has ids only. */
const CONCURRENCY = 8;
const MAX_ENTRIES = 1000;

async function list(access: Access, base: string): Promise<readonly PullRequest[]> {
  const { paginateListPullRequests } = await import('@aws-sdk/client-codecommit');
  const client = await access.open();
  const asked = { repositoryName: access.repository, pullRequestStatus: 'OPEN' } as const;
  const ids: string[] = [];
  for await (const { pullRequestIds = [] } of paginateListPullRequests({ client, pageSize: 100 }, asked)) {
    ids.push(...pullRequestIds);
    if (ids.length >= MAX_ENTRIES) break;
  }
  const limit = pLimit(CONCURRENCY);
  const found = await Promise.all(ids.map((id) => limit(() => read(access, id))));
  return found.map((reply) => pullOf(access, reply)).filter((pull) => pull.state === 'open' && pull.base === base);
}

async function read({ open }: Access, id: string | number): Promise<Reply> {
  const { GetPullRequestCommand } = await import('@aws-sdk/client-codecommit');
  const { pullRequest } = await (await open()).send(new GetPullRequestCommand({ pullRequestId: String(id) }));
  if (pullRequest === undefined) {
    throw new PipelineError(ERROR_NAMES.gitHost, `pull request ${id} cannot be read: the reply is empty`);
  }
  return pullRequest;
}

async function readWhole(access: Access, number: number): Promise<PullRequest> {
  const reply = await read(access, number);
  const pull = pullOf(access, reply);
  const waitsFor = pull.state === 'open' ? (await unmetRules(access, reply)).join(', ') : '';
  return { ...pull, ...(waitsFor === '' ? {} : { waitsFor: `approval rules: ${waitsFor}` }) };
}

async function unmetRules({ open }: Access, { pullRequestId, revisionId }: Reply): Promise<readonly string[]> {
  const { EvaluatePullRequestApprovalRulesCommand: Evaluate } = await import('@aws-sdk/client-codecommit');
  const { evaluation } = await (await open()).send(new Evaluate({ pullRequestId, revisionId }));
  return evaluation?.approved === true ? [] : (evaluation?.approvalRulesNotSatisfied ?? []);
}

// --------------------------------------------------------------------------------------------------------------- write

/** https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreatePullRequest.html */
const LONGEST_TITLE = 150;
const LARGEST_BODY = 10_240;

/** Earlier pull requests of the same branch and text, which a person has closed. */
const MAX_EARLIER = 20;

/** A branch may have several. The token makes that a repeated request finds the first one's, also if that is closed by now. */
function propose(access: Access, proposal: PullProposal): Promise<PullRequest> {
  const { base, branch, title, body } = proposal;
  const find = async () => (await asHostError(() => list(access, base))).find((pull) => pull.branch === branch);
  return openOnce(proposal, find, () =>
    asHostError(async () => {
      const { CreatePullRequestCommand } = await import('@aws-sdk/client-codecommit');
      const client = await access.open();
      const target = { repositoryName: access.repository, sourceReference: branch, destinationReference: base };
      const texts = { title: fitTitle(title, LONGEST_TITLE), description: plainBody(body, LARGEST_BODY) };
      for (let earlier = 0; earlier < MAX_EARLIER; earlier += 1) {
        const clientRequestToken = createHash('sha256')
          .update(JSON.stringify([target, texts, earlier]))
          .digest('hex');
        const request = { ...texts, targets: [target], clientRequestToken };
        const { pullRequest = {} } = await client.send(new CreatePullRequestCommand(request));
        const made = pullOf(access, pullRequest);
        if (made.state === 'open') return made;
      }
      return `${MAX_EARLIER} of them were closed`;
    }),
  );
}

/** Errors that are reasons to ask again at the next look, or to wait for a person. */
const REFUSALS: readonly string[] = [
  'AccessDeniedException',
  'ConcurrentReferenceUpdateException',
  'ManualMergeRequiredException',
  'PullRequestAlreadyClosedException',
  'PullRequestApprovalRulesNotSatisfiedException',
  'TipOfSourceReferenceIsDifferentException',
  'TipsDivergenceExceededException',
];

/** CodeCommit cannot rebase, and settings that ask for it are refused. */
async function merge(access: Access, { number, head, method, message }: MergeRequest): Promise<string | undefined> {
  const { MergePullRequestBySquashCommand: Squash, MergePullRequestByThreeWayCommand: ThreeWay } = await import(
    '@aws-sdk/client-codecommit'
  );
  const pull = await readWhole(access, number);
  const refusal = otherHead(pull.head, head) ?? pull.waitsFor;
  if (refusal !== undefined) return refusal;
  const client = await access.open();
  const author = { authorName: IDENTITY.name, email: IDENTITY.email };
  const which = { pullRequestId: String(number), repositoryName: access.repository, sourceCommitId: head };
  const request = { ...which, commitMessage: message, ...author };
  try {
    await (method === 'squash' ? client.send(new Squash(request)) : client.send(new ThreeWay(request)));
    return undefined;
  } catch (error) {
    if (error instanceof Error && REFUSALS.includes(error.name)) return `${error.name}: ${error.message}`;
    throw error;
  }
}

async function close(access: Access, number: number, reason: string): Promise<void> {
  const { PostCommentForPullRequestCommand, UpdatePullRequestStatusCommand } = await import(
    '@aws-sdk/client-codecommit'
  );
  const client = await access.open();
  const which = { pullRequestId: String(number) };
  const reply = await read(access, number);
  const { destinationCommit, sourceCommit } = reply.pullRequestTargets?.[0] ?? {};
  const commits = { beforeCommitId: destinationCommit, afterCommitId: sourceCommit };
  const clientRequestToken = createHash('sha256')
    .update(JSON.stringify([number, reason]))
    .digest('hex');
  const comment = { ...which, repositoryName: access.repository, ...commits, content: reason, clientRequestToken };
  await closeWithComment(
    async () => pullOf(access, await read(access, number)).state === 'open',
    () => client.send(new UpdatePullRequestStatusCommand({ ...which, pullRequestStatus: 'CLOSED' })),
    () => client.send(new PostCommentForPullRequestCommand(comment)),
  );
}
