/** Commit statuses on GitLab: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status */
import { ERROR_NAMES } from '../../core/contract';
import type { CommitStatus, StatusWriter } from '../../core/ports';
import { isLoopback } from '../http/allowed-address';
import { readServerMessage } from '../http/error-body';
import { createHttpClient } from '../http/http-client';
import { UnusableReplyError } from '../http/http-error';
import { discardBody } from '../http/read-body';
import type { GitLabOptions } from './gitlab-git-host';
import { STATUS_NAME } from './status-name';

const STATES: Readonly<Record<CommitStatus['state'], string>> = {
  pending: 'pending',
  success: 'success',
  failure: 'failed',
  error: 'failed',
};

/** The token needs the scope `api`. */
export function createGitLabStatuses({ repository, apiUrl, token, clock }: GitLabOptions): StatusWriter {
  const allowLoopback = isLoopback(new URL(apiUrl).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const project = `${apiUrl.replace(/\/+$/, '')}/projects/${encodeURIComponent(repository)}`;
  return {
    setStatus: async ({ commit, state, description, url }) => {
      const target = url === undefined ? {} : { target_url: url };
      const request = {
        method: 'POST',
        url: new URL(`${project}/statuses/${encodeURIComponent(commit)}`),
        headers: {
          authorization: `Bearer ${await token()}`,
          'content-type': 'application/json',
          'user-agent': 'image-pipeline',
        },
        body: JSON.stringify({ state: STATES[state], name: STATUS_NAME, description, ...target }),
        expect: [201, 400],
        repeatable: true,
      } as const;
      await http.exchange(request, async (reply) => {
        if (reply.status === 201) return discardBody(reply);
        const { message } = await readServerMessage(reply);
        // GitLab refuses a state that the status has already.
        if (!message.startsWith('Cannot transition status')) throw new UnusableReplyError('BAD_REQUEST', message);
      });
    },
  };
}
