/** A fake of CodeCommit's API on loopback, for the SDK's own client: https://docs.aws.amazon.com/codecommit/latest/APIReference/. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { listen } from '../../http/listen';
import { answerCodeCommitPulls, type PullTokens } from '../pulls/codecommit-pulls';
import type { FakePulls } from '../pulls/fake-pulls';

export const CODECOMMIT_REPOSITORY = 'monorepo';

/** What the fake has. Tests read and change it. */
export interface CodeCommitState {
  readonly comments: { readonly id: string; readonly pull: string; content: string; deleted: boolean }[];
  /** The head commit of each open pull request, by number. */
  readonly heads: Map<number, string>;
  /** Comments by the token of their request. */
  readonly tokens: Map<string, string>;
  losesReplies: boolean;
}

export interface FakeCodeCommit {
  readonly client: CodeCommitClient;
  readonly state: CodeCommitState;
  stop(): Promise<void>;
}

type Input = Readonly<Record<string, string>>;
type Answer = readonly [number, object];

/** Starts the fake. Its client tries every request so many times. `pulls` are pull requests with branches. */
export async function startFakeCodeCommit(maxAttempts = 1, pulls?: FakePulls): Promise<FakeCodeCommit> {
  const made: PullTokens = new Map();
  const state: CodeCommitState = { comments: [], heads: new Map(), tokens: new Map(), losesReplies: false };
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace('CodeCommit_20150413.', '');
    const input = JSON.parse(await text(request));
    const proposed = pulls && answerCodeCommitPulls(pulls, made, operation, input);
    const [status, body] = proposed ?? answer(state, operation, input);
    if (operation.startsWith('Post') && state.losesReplies) return void request.socket.destroy();
    if (operation === 'CreatePullRequest' && pulls?.losesReply === true) {
      pulls.losesReply = false;
      return void request.socket.destroy();
    }
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  const { url: endpoint, stop } = await listen(server);
  const client = new CodeCommitClient({
    region: 'eu-central-1',
    endpoint,
    credentials: { accessKeyId: 'access', secretAccessKey: 'secret' },
    maxAttempts,
  });
  return {
    client,
    state,
    stop: () => {
      client.destroy();
      return stop();
    },
  };
}

const refusal = (name: string): Answer => [400, { __type: name, message: 'refused' }];

function answer(state: CodeCommitState, operation: string, input: Input): Answer {
  if (operation === 'GetRepository') {
    if (input.repositoryName !== CODECOMMIT_REPOSITORY) return refusal('RepositoryDoesNotExistException');
    const Arn = `arn:aws:codecommit:eu-central-1:111122223333:${CODECOMMIT_REPOSITORY}`;
    return [200, { repositoryMetadata: { Arn, repositoryId: 'f7579e13', defaultBranch: 'main' } }];
  }
  if (operation === 'UpdateComment') return update(state, input);
  const { pullRequestId: pull = '' } = input;
  const head = state.heads.get(Number(pull));
  if (head === undefined) return refusal('PullRequestDoesNotExistException');
  if (operation === 'GetPullRequest') {
    const target = { repositoryName: CODECOMMIT_REPOSITORY, sourceCommit: head, destinationCommit: 'b'.repeat(40) };
    return [200, { pullRequest: { pullRequestId: pull, pullRequestStatus: 'OPEN', pullRequestTargets: [target] } }];
  }
  return operation === 'PostCommentForPullRequest' ? post(state, pull, input) : list(state, pull, input);
}

function list({ comments }: CodeCommitState, pull: string, { nextToken = '0' }: Input): Answer {
  const ours = comments.filter((each) => each.pull === pull);
  const [from, to] = [Number(nextToken), Number(nextToken) + 100];
  const shown = ours.slice(from, to).map(({ id, content, deleted }) => ({
    comments: [{ commentId: id, deleted, ...(deleted ? {} : { content }) }],
  }));
  return [200, { commentsForPullRequestData: shown, ...(to < ours.length ? { nextToken: String(to) } : {}) }];
}

/** A second request with the same token gets the comment of the first. */
function post(state: CodeCommitState, pull: string, input: Input): Answer {
  const { content = '', clientRequestToken = '', beforeCommitId, afterCommitId, repositoryName } = input;
  if (beforeCommitId === undefined || afterCommitId === undefined) return refusal('CommitIdRequiredException');
  if (repositoryName !== CODECOMMIT_REPOSITORY) return refusal('RepositoryNotAssociatedWithPullRequestException');
  if (Buffer.byteLength(content) > 10_240) return refusal('CommentContentSizeLimitExceededException');
  const known = state.tokens.get(clientRequestToken);
  const id = known ?? `comment-${state.comments.length}`;
  if (known === undefined) state.comments.push({ id, pull, content, deleted: false });
  state.tokens.set(clientRequestToken, id);
  return [200, { comment: { commentId: id, content } }];
}

function update({ comments }: CodeCommitState, { commentId, content = '' }: Input): Answer {
  const found = comments.find(({ id, deleted }) => id === commentId && !deleted);
  if (found === undefined) return refusal('CommentDoesNotExistException');
  if (Buffer.byteLength(content) > 10_240) return refusal('CommentContentSizeLimitExceededException');
  found.content = content;
  return [200, { comment: { commentId, content } }];
}
