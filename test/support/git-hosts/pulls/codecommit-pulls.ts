/** Pull requests on the fake of CodeCommit. The types of the SDK, which are made of the published model, hold its replies. */
import type {
  CreatePullRequestInput,
  CreatePullRequestOutput,
  EvaluatePullRequestApprovalRulesOutput,
  GetPullRequestOutput,
  ListPullRequestsOutput,
  MergePullRequestBySquashInput,
  MergePullRequestBySquashOutput,
  PostCommentForPullRequestInput,
  PostCommentForPullRequestOutput,
  PullRequest,
  UpdatePullRequestStatusInput,
  UpdatePullRequestStatusOutput,
} from '@aws-sdk/client-codecommit';
import type { FakePull, FakePulls } from './fake-pulls';

type Answer = readonly [number, object];

const REPOSITORY = 'monorepo';
const refusal = (name: string): Answer => [400, { __type: name, message: `refused: ${name}` }];
const reply = <Body extends object>(body: Body): Answer => [200, body];

/** A request that made something, by its token. */
export type PullTokens = Map<string, { readonly request: string; readonly number: number }>;

/** Replies to calls about pull requests that `pulls` has; undefined for any other. */
export function answerCodeCommitPulls(
  pulls: FakePulls,
  tokens: PullTokens,
  operation: string,
  input: unknown,
): Answer | undefined {
  if (operation === 'ListPullRequests') return list(pulls, input as { readonly nextToken?: string });
  if (operation === 'CreatePullRequest') return create(pulls, tokens, input as CreatePullRequestInput);
  const pull = pulls.find(Number((input as { readonly pullRequestId?: string }).pullRequestId));
  if (pull === undefined) return undefined;
  switch (operation) {
    case 'GetPullRequest':
      return reply<GetPullRequestOutput>({ pullRequest: shown(pull) });
    case 'EvaluatePullRequestApprovalRules':
      return evaluate(pulls, pull);
    case 'MergePullRequestBySquash':
      return merge(pulls, pull, 'squash', input as MergePullRequestBySquashInput);
    case 'MergePullRequestByThreeWay':
      return merge(pulls, pull, 'merge', input as MergePullRequestBySquashInput);
    case 'UpdatePullRequestStatus':
      return close(pull, input as UpdatePullRequestStatusInput);
    case 'PostCommentForPullRequest':
      return comment(pull, input as PostCommentForPullRequestInput);
    default:
      return undefined;
  }
}

function list(pulls: FakePulls, { nextToken = '0' }: { readonly nextToken?: string }): Answer {
  // There are no forks.
  const open = pulls.open().flatMap(({ number, isFork }) => (isFork ? [] : [String(number)]));
  const to = Number(nextToken) + 100;
  const more = to < open.length ? { nextToken: String(to) } : {};
  return reply<ListPullRequestsOutput>({ pullRequestIds: open.slice(Number(nextToken), to), ...more });
}

/** CodeCommit accepts a second pull request of a branch, which a token alone prevents. */
function create(pulls: FakePulls, tokens: PullTokens, input: CreatePullRequestInput): Answer {
  const { clientRequestToken: token = '', title = '', description = '', targets = [] } = input;
  if (title.length > 150) return refusal('InvalidTitleException');
  if (description.length > 10_240) return refusal('InvalidDescriptionException');
  if (token.length > 64) return refusal('InvalidClientRequestTokenException');
  const request = JSON.stringify(input);
  const earlier = tokens.get(token);
  if (earlier !== undefined && earlier.request !== request) return refusal('IdempotencyParameterMismatchException');
  const [{ sourceReference: branch = '', destinationReference: base = '' } = {}] = targets;
  const made =
    earlier === undefined ? pulls.add({ base, branch, title, body: description }) : pulls.find(earlier.number);
  if (made === undefined) return refusal('SourceAndDestinationAreSameException');
  tokens.set(token, { request, number: made.number });
  return reply<CreatePullRequestOutput>({ pullRequest: shown(made) });
}

function evaluate(pulls: FakePulls, pull: FakePull): Answer {
  const isMet = pulls.status(pull) !== 'blocked';
  const rules = { approvalRulesSatisfied: isMet ? ['two of the team'] : [] };
  const unmet = { approvalRulesNotSatisfied: isMet ? [] : ['two of the team'] };
  return reply<EvaluatePullRequestApprovalRulesOutput>({ evaluation: { approved: isMet, ...rules, ...unmet } });
}

function merge(
  pulls: FakePulls,
  pull: FakePull,
  method: 'squash' | 'merge',
  { sourceCommitId: head = '', commitMessage: message = '', authorName, email }: MergePullRequestBySquashInput,
): Answer {
  if (authorName === undefined || email === undefined) return refusal('NameLengthExceededException');
  if (pull.state !== 'open') return refusal('PullRequestAlreadyClosedException');
  if (head !== pull.head) return refusal('TipOfSourceReferenceIsDifferentException');
  const status = pulls.status(pull);
  if (status === 'conflict') return refusal('ManualMergeRequiredException');
  if (status !== 'ready') return refusal('PullRequestApprovalRulesNotSatisfiedException');
  if (pulls.merge(pull, { head, method, message }) !== undefined) return refusal('ConcurrentReferenceUpdateException');
  return reply<MergePullRequestBySquashOutput>({ pullRequest: shown(pull) });
}

function close(pull: FakePull, { pullRequestStatus }: UpdatePullRequestStatusInput): Answer {
  if (pullRequestStatus !== 'CLOSED') return refusal('InvalidPullRequestStatusUpdateException');
  if (pull.state !== 'open') return refusal('PullRequestAlreadyClosedException');
  pull.state = 'closed';
  return reply<UpdatePullRequestStatusOutput>({ pullRequest: shown(pull) });
}

function comment(pull: FakePull, input: PostCommentForPullRequestInput): Answer {
  const { content = '', beforeCommitId, afterCommitId, repositoryName } = input;
  if (beforeCommitId === undefined || afterCommitId === undefined) return refusal('CommitIdRequiredException');
  if (repositoryName !== REPOSITORY) return refusal('RepositoryNotAssociatedWithPullRequestException');
  pull.comments.push(content);
  return reply<PostCommentForPullRequestOutput>({ comment: { commentId: `${pull.comments.length}`, content } });
}

function shown({ number, title, body, base, branch, head, state, mergeCommit }: FakePull): PullRequest {
  const merged = mergeCommit === undefined ? {} : { mergeCommitId: mergeCommit };
  return {
    pullRequestId: String(number),
    title,
    description: body,
    pullRequestStatus: state === 'open' ? 'OPEN' : 'CLOSED',
    revisionId: `revision-${number}`,
    pullRequestTargets: [
      {
        repositoryName: REPOSITORY,
        sourceReference: `refs/heads/${branch}`,
        destinationReference: `refs/heads/${base}`,
        sourceCommit: head,
        destinationCommit: 'b'.repeat(40),
        mergeMetadata: { isMerged: state === 'merged', ...merged },
      },
    ],
  };
}
