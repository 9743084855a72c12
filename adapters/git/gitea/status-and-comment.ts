/** Commit statuses and comments on Gitea and Forgejo. */
import * as z from 'zod';
import type { CommentWriter, StatusWriter } from '../../../core/ports/git';
import { STATUS_NAME } from '../git-host-access';
import { type HostOptions, json } from '../rest';
import { createGiteaRest } from './git-host';

/** Creates a writer of commit statuses: https://docs.gitea.com/api/#tag/repository/operation/repoCreateStatus. The last one of a name counts. */
export function createGiteaStatuses(options: HostOptions): StatusWriter {
  const send = createGiteaRest(options);
  return {
    setStatus: ({ commit, state, description, url }) =>
      send({
        method: 'POST',
        path: `/statuses/${encodeURIComponent(commit)}`,
        body: { state, context: STATUS_NAME, description, ...(url === undefined ? {} : { target_url: url }) },
        repeatable: true,
        expect: [201],
      }),
  };
}

const Pull = z.object({ state: z.string(), head: z.object({ sha: z.string() }) });
const Comments = z.array(z.object({ id: z.int(), body: z.string() }));

/** Creates a writer of comments. The list of an issue's comments has no pages. */
export function createGiteaComments(options: HostOptions): CommentWriter {
  const send = createGiteaRest(options);
  const get = <Value>(path: string, schema: z.ZodType<Value>, problem: string) =>
    send<Value>({ path, read: json(schema, problem) });
  return {
    putComment: async ({ pull, commit, marker, body }) => {
      const { state, head } = await get(`/pulls/${pull}`, Pull, `pull request ${pull} cannot be read`);
      if (state !== 'open' || head.sha !== commit) return 'outdated';
      const comments = await get(`/issues/${pull}/comments`, Comments, 'the comments cannot be listed');
      const found = comments.find((comment) => comment.body.startsWith(marker));
      // Creating is not repeated, because a second comment would be visible.
      await send(
        found === undefined
          ? { method: 'POST', path: `/issues/${pull}/comments`, body: { body }, expect: [201] }
          : { method: 'PATCH', path: `/issues/comments/${found.id}`, body: { body }, repeatable: true },
      );
      return 'written';
    },
  };
}
