/**
 * Reports to people on GitHub: the state of a run at its commit, and one comment on a pull request.
 *
 * - An App writes a check run, which has room for a whole summary: https://docs.github.com/en/rest/checks/runs
 * - Other tokens write a commit status: https://docs.github.com/en/rest/commits/statuses#create-a-commit-status
 * - Comments are edited in place: https://docs.github.com/en/rest/issues/comments
 */
import * as z from 'zod';
import type { CommentWriter, CommitStatus, StatusWriter } from '../../../core/ports/git';
import { clipLines } from '../../../core/text/escape';
import { STATUS_NAME } from '../git-host-access';
import { type GitRest, type HostOptions, json, pagesOf } from '../rest';
import { createGitHubApi } from './api';

/** Creates a writer of commit statuses. The token needs the permission to write them. */
export function createGitHubStatuses(options: HostOptions): StatusWriter {
  return commitStatuses(createGitHubApi(options).send);
}

/** Creates a writer of commit statuses by the API of a repository. Gitea and Forgejo have the same. */
export function commitStatuses(send: GitRest): StatusWriter {
  return {
    setStatus: ({ commit, state, description, url }) =>
      send({
        method: 'POST',
        path: `/statuses/${encodeURIComponent(commit)}`,
        body: { state, description, context: STATUS_NAME, ...(url === undefined ? {} : { target_url: url }) },
        // The newest status counts, and both are the same.
        repeatable: true,
        expect: [201],
      }),
  };
}

interface GitHubCheckOptions extends HostOptions {
  /** The App that wrote the check runs; an App cannot edit those of another one. */
  readonly appId: number;
}

/** A check run behind the first 100 of a commit is not found, and created again. */
const MAX_READ = 100;

/** GitHub takes 65,535 characters. How it counts them is not documented. */
const LARGEST_SUMMARY = 65_535;

const CheckRuns = z.object({ check_runs: z.array(z.object({ id: z.int(), external_id: z.string().nullish() })) });

/** Creates a writer with one check run for each run, which is found by its `external_id` and edited in place. The App needs to write checks. */
export function createGitHubChecks({ appId, ...options }: GitHubCheckOptions): StatusWriter {
  const { send } = createGitHubApi(options);
  return {
    setStatus: async (status) => {
      const id = await findCheck(send, appId, status);
      // Creating is not repeated, because a second check run would be visible.
      await (id === undefined
        ? send({
            method: 'POST',
            path: '/check-runs',
            body: { name: STATUS_NAME, head_sha: status.commit, external_id: status.run, ...contentOf(status) },
            expect: [201],
          })
        : send({ method: 'PATCH', path: `/check-runs/${id}`, body: contentOf(status), repeatable: true }));
    },
  };
}

async function findCheck(send: GitRest, appId: number, { commit, run }: CommitStatus): Promise<number | undefined> {
  const query = `check_name=${STATUS_NAME}&app_id=${appId}&filter=all&per_page=${MAX_READ}`;
  const { check_runs } = await send({
    path: `/commits/${encodeURIComponent(commit)}/check-runs?${query}`,
    read: json(CheckRuns, 'the check runs cannot be listed'),
  });
  return check_runs.find(({ external_id }) => external_id === run)?.id;
}

/** The check run of a redriven run changes from completed back to in progress. */
function contentOf({ state, description, url, summary }: CommitStatus): Readonly<Record<string, unknown>> {
  const note = 'The full summary is stored with the report of the run.';
  return {
    ...(state === 'pending'
      ? { status: 'in_progress' }
      : { status: 'completed', conclusion: state === 'success' ? 'success' : 'failure' }),
    ...(url === undefined ? {} : { details_url: url }),
    output: { title: description, summary: clipLines(summary ?? description, LARGEST_SUMMARY, note) },
  };
}

const PER_PAGE = 100;
const Pull = z.object({ state: z.string(), head: z.object({ sha: z.string() }) });
const Comments = z.array(z.object({ id: z.int(), body: z.string().nullish() }));
type Comment = z.infer<typeof Comments>[number];

/** Creates a writer of comments. The token needs the permission to write pull requests. */
export function createGitHubComments(options: HostOptions): CommentWriter {
  const { send } = createGitHubApi(options);
  // A comment behind the first 1,000 is not found, and created again.
  return issueComments(send, (pull) =>
    pagesOf((page) => {
      const path = `/issues/${pull}/comments?per_page=${PER_PAGE}&page=${page}`;
      return send({ path, read: readComments });
    }, PER_PAGE),
  );
}

type Pages<Item> = AsyncIterable<readonly Item[]> | Iterable<Promise<readonly Item[]>>;

/** Reads a list of comments. */
export const readComments = json(Comments, 'the comments cannot be listed');

/**
 * Creates a writer of comments by the API of a repository, which Gitea and Forgejo have, too. `list` returns the comments of a pull request in
 * pages.
 */
export function issueComments(send: GitRest, list: (pull: number) => Pages<Comment>): CommentWriter {
  return {
    putComment: async ({ pull, commit, marker, body }) => {
      const { state, head } = await send({
        path: `/pulls/${pull}`,
        read: json(Pull, `pull request ${pull} cannot be read`),
      });
      if (state !== 'open' || head.sha !== commit) return 'outdated';
      const id = await findComment(list(pull), marker);
      // Creating is not repeated, because a second comment would be visible.
      await send(
        id === undefined
          ? { method: 'POST', path: `/issues/${pull}/comments`, body: { body }, expect: [201] }
          : { method: 'PATCH', path: `/issues/comments/${id}`, body: { body }, repeatable: true },
      );
      return 'written';
    },
  };
}

async function findComment(pages: Pages<Comment>, marker: string): Promise<number | undefined> {
  for await (const comments of pages) {
    const found = comments.find(({ body }) => body?.startsWith(marker));
    if (found !== undefined) return found.id;
  }
  return undefined;
}
