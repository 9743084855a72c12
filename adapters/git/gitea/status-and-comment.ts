/** Commit statuses and comments on Gitea and Forgejo, whose API for them is GitHub's. */
import type { CommentWriter, StatusWriter } from '../../../core/ports/git';
import { commitStatuses, issueComments, readComments } from '../github/status-and-comment';
import type { HostOptions } from '../rest';
import { createGiteaRest } from './git-host';

/** Creates a writer of commit statuses: https://docs.gitea.com/api/#tag/repository/operation/repoCreateStatus. The last one of a name counts. */
export function createGiteaStatuses(options: HostOptions): StatusWriter {
  return commitStatuses(createGiteaRest(options));
}

/** Creates a writer of comments. The list of an issue's comments has no pages. */
export function createGiteaComments(options: HostOptions): CommentWriter {
  const send = createGiteaRest(options);
  return issueComments(send, (pull) => [send({ path: `/issues/${pull}/comments`, read: readComments })]);
}
