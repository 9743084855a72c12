/** Commit statuses on GitHub, for tokens that are no App's: https://docs.github.com/en/rest/commits/statuses#create-a-commit-status */
import type { StatusWriter } from '../../core/ports';
import { discardBody } from '../http/read-body';
import { createGitHubApi, type GitHubOptions } from './github-api';
import { STATUS_NAME } from './status-name';

/** The token needs to write commit statuses. */
export function createGitHubStatuses(options: GitHubOptions): StatusWriter {
  const api = createGitHubApi(options);
  return {
    setStatus: ({ commit, state, description, url }) =>
      api.send({
        method: 'POST',
        path: `/statuses/${encodeURIComponent(commit)}`,
        body: { state, description, context: STATUS_NAME, ...(url === undefined ? {} : { target_url: url }) },
        // The newest one counts, and both would say the same.
        repeatable: true,
        expect: [201],
        read: async (reply) => discardBody(reply),
      }),
  };
}
