/** Comments on AWS CodeCommit, which has no commit statuses. */
import type { CodeCommitClient, Comment } from '@aws-sdk/client-codecommit';
import { ERROR_NAMES, messageOf, PipelineError } from '../../../core/contract/errors';
import type { CommentWriter, StatusWriter } from '../../../core/ports/git';
import { plainMarker, withoutHtml } from '../plain-markdown';
import { type CodeCommitOptions, regionOf } from './git-host';

/** Creates a writer that writes nothing: CodeCommit has no statuses, and a run is seen in its report, its commit and its notices. */
export function createCodeCommitStatuses(): StatusWriter {
  return { setStatus: async () => undefined };
}

/** The longest comment, in bytes: https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html */
const LONGEST = 10_240;
const CUT = '\n\n*The rest is too long for CodeCommit.*';

/** Creates a writer of comments. The role needs the rights to read a pull request, and to post and update comments. */
export function createCodeCommitComments(
  { repository, apiUrl }: CodeCommitOptions,
  open: () => Promise<CodeCommitClient> = () => openClient(apiUrl),
): CommentWriter {
  return {
    putComment: ({ pull, commit, marker, body }) =>
      asHostError(async () => {
        const { GetPullRequestCommand, PostCommentForPullRequestCommand, UpdateCommentCommand } = await import(
          '@aws-sdk/client-codecommit'
        );
        const client = await open();
        const pullRequestId = String(pull);
        const { pullRequest } = await client.send(new GetPullRequestCommand({ pullRequestId }));
        const target = pullRequest?.pullRequestTargets?.find(({ repositoryName }) => repositoryName === repository);
        if (pullRequest?.pullRequestStatus !== 'OPEN' || target?.sourceCommit !== commit) return 'outdated';
        const content = shortened(withoutHtml(body));
        const found = await findComment(client, pullRequestId, repository, plainMarker(marker));
        if (found?.commentId !== undefined) {
          await client.send(new UpdateCommentCommand({ commentId: found.commentId, content }));
          return 'written';
        }
        const commits = { beforeCommitId: target.destinationCommit, afterCommitId: commit };
        // The same token within a day makes no second comment.
        const clientRequestToken = `image-pipeline-${pull}`;
        await client.send(
          new PostCommentForPullRequestCommand({
            pullRequestId,
            repositoryName: repository,
            ...commits,
            content,
            clientRequestToken,
          }),
        );
        return 'written';
      }),
  };
}

async function findComment(
  client: CodeCommitClient,
  pullRequestId: string,
  repositoryName: string,
  marker: string,
): Promise<Comment | undefined> {
  const { paginateGetCommentsForPullRequest } = await import('@aws-sdk/client-codecommit');
  const pages = paginateGetCommentsForPullRequest({ client, pageSize: 100 }, { pullRequestId, repositoryName });
  for await (const { commentsForPullRequestData = [] } of pages) {
    for (const { comments = [] } of commentsForPullRequestData) {
      const found = comments.find(({ content, deleted }) => deleted !== true && content?.startsWith(marker));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Returns at most as many bytes as a comment may have, cut at a character. */
function shortened(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= LONGEST) return text;
  const kept = bytes.subarray(0, LONGEST - Buffer.byteLength(CUT)).toString('utf8');
  return `${kept.replace(/\uFFFD+$/, '')}${CUT}`;
}

/** Opens CodeCommit in the region of the address, with the credentials of the function's role. */
export async function openClient(apiUrl: string): Promise<CodeCommitClient> {
  const { CodeCommitClient: Client } = await import('@aws-sdk/client-codecommit');
  return new Client({ region: regionOf(apiUrl) });
}

/** Returns the result. An error of CodeCommit becomes `GitHostError`. */
export async function asHostError<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const name = error instanceof Error ? error.name : 'error';
    const message = `CodeCommit refused: ${name}: ${messageOf(error)}`.slice(0, 400);
    throw new PipelineError(ERROR_NAMES.gitHost, message, { cause: error });
  }
}
