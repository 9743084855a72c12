/** Commit statuses on GitHub, for tokens that are no App's: https://docs.github.com/en/rest/commits/statuses#create-a-commit-status */

import * as z from 'zod';
import type { CommitStatus, StatusWriter } from '../../../core/ports/git';
import { clipLines } from '../../../core/text/markdown';
import { discardBody } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import { STATUS_NAME } from '../git-host-access';
import { createGitHubApi, type GitHubApi, type GitHubOptions, readGitHubJson } from './api';

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

// * Check runs on GitHub: a status with room for a whole summary, which only an App may write: https://docs.github.com/en/rest/checks/runs
// There is one for each run of ours, found by its `external_id` and edited in place.

interface GitHubCheckOptions extends GitHubOptions {
  /** Whose check runs are ours: no other App's can be edited. */
  readonly appId: number;
}

/** A commit that more runs were about gets a new one each time. */
const MOST_LOOKED_AT = 100;

/** GitHub takes 65,535 characters and says nowhere how it counts them. */
const LARGEST_SUMMARY = 65_535;

const CheckRuns = z.object({ check_runs: z.array(z.object({ id: z.int(), external_id: z.string().nullish() })) });

/** The App's token needs to write checks. */
export function createGitHubChecks({ appId, ...options }: GitHubCheckOptions): StatusWriter {
  const api = createGitHubApi(options);
  return {
    setStatus: async (status) => {
      const id = await findCheck(api, appId, status);
      await (id === undefined ? createCheck(api, status) : editCheck(api, id, status));
    },
  };
}

async function findCheck(api: GitHubApi, appId: number, { commit, run }: CommitStatus): Promise<number | undefined> {
  const query = `check_name=${STATUS_NAME}&app_id=${appId}&filter=all&per_page=${MOST_LOOKED_AT}`;
  const { check_runs } = await api.get({
    path: `/commits/${encodeURIComponent(commit)}/check-runs?${query}`,
    read: async (reply) => checkReply(CheckRuns, await readGitHubJson(reply), 'the check runs cannot be listed'),
  });
  return check_runs.find(({ external_id }) => external_id === run)?.id;
}

/** Not repeated: a second one would be seen. */
function createCheck(api: GitHubApi, status: CommitStatus): Promise<void> {
  const body = { name: STATUS_NAME, head_sha: status.commit, external_id: status.run, ...contentOf(status) };
  const read = async (reply: Parameters<typeof discardBody>[0]) => discardBody(reply);
  return api.send({ method: 'POST', path: '/check-runs', body, repeatable: false, expect: [201], read });
}

function editCheck(api: GitHubApi, id: number, status: CommitStatus): Promise<void> {
  const read = async (reply: Parameters<typeof discardBody>[0]) => discardBody(reply);
  return api.send({ method: 'PATCH', path: `/check-runs/${id}`, body: contentOf(status), repeatable: true, read });
}

/** A run that is redriven goes from its end back to being in progress. */
function contentOf({ state, description, url, summary }: CommitStatus): Readonly<Record<string, unknown>> {
  const note = 'What is left out here is in the summary that lies with the report of the run.';
  return {
    ...(state === 'pending'
      ? { status: 'in_progress' }
      : { status: 'completed', conclusion: state === 'success' ? 'success' : 'failure' }),
    ...(url === undefined ? {} : { details_url: url }),
    output: { title: description, summary: clipLines(summary ?? description, LARGEST_SUMMARY, note) },
  };
}
