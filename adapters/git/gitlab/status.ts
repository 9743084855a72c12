/** Commit statuses on GitLab: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status */
import type { CommitStatus, StatusWriter } from '../../../core/ports/git';
import { readServerMessage } from '../../http/describe-failure';
import { UnusableReplyError } from '../../http/http-error';
import { discardBody } from '../../http/http-request';
import { STATUS_NAME } from '../git-host-access';
import type { GitLabOptions } from './git-host';
import { createGitLabRest } from './rest';

const STATES: Readonly<Record<CommitStatus['state'], string>> = {
  pending: 'pending',
  success: 'success',
  failure: 'failed',
  error: 'failed',
};

/** Creates a writer of commit statuses. The token needs the scope `api`. */
export function createGitLabStatuses(options: GitLabOptions): StatusWriter {
  const send = createGitLabRest(options);
  return {
    setStatus: ({ commit, state, description, url }) =>
      send({
        method: 'POST',
        path: `/statuses/${encodeURIComponent(commit)}`,
        body: {
          state: STATES[state],
          name: STATUS_NAME,
          description,
          ...(url === undefined ? {} : { target_url: url }),
        },
        repeatable: true,
        expect: [201, 400],
        read: async (reply) => {
          if (reply.status === 201) return discardBody(reply);
          const { message } = await readServerMessage(reply);
          // GitLab refuses the current state of the status.
          if (!message.startsWith('Cannot transition status')) throw new UnusableReplyError('BAD_REQUEST', message);
        },
      }),
  };
}
