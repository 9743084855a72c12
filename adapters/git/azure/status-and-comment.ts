/** Commit statuses and comments on Azure DevOps. */
import * as z from 'zod';
import type { CommentWriter, StatusWriter } from '../../../core/ports/git';
import { STATUS_NAME } from '../git-host-access';
import { plainMarker, withoutHtml } from '../plain-markdown';
import { type HostOptions, json } from '../rest';
import { createAzureRest, VERSION } from './git-host';

const STATES = { pending: 'pending', success: 'succeeded', failure: 'failed', error: 'error' } as const;

/** Creates a writer of commit statuses. The last one of a context counts: https://learn.microsoft.com/rest/api/azure/devops/git/statuses */
export function createAzureStatuses(options: HostOptions): StatusWriter {
  const send = createAzureRest(options);
  return {
    setStatus: ({ commit, state, description, url }) =>
      send({
        method: 'POST',
        path: `/commits/${encodeURIComponent(commit)}/statuses?${VERSION}`,
        body: {
          state: STATES[state],
          description,
          context: { name: STATUS_NAME, genre: 'continuous-integration' },
          ...(url === undefined ? {} : { targetUrl: url }),
        },
        repeatable: true,
        // The description of the API names 200 only, but a new object may also be told as 201.
        expect: [200, 201],
      }),
  };
}

const Pull = z.object({ status: z.string(), lastMergeSourceCommit: z.object({ commitId: z.string() }) });
const Comment = z.object({
  id: z.int(),
  isDeleted: z.boolean().optional(),
  content: z
    .string()
    .nullish()
    .transform((content) => content ?? ''),
});
const Threads = z.object({
  value: z.array(z.object({ id: z.int(), comments: z.array(Comment).default([]) })),
});

/** Creates a writer of comments: https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads. Threads have no pages. */
export function createAzureComments(options: HostOptions): CommentWriter {
  const send = createAzureRest(options);
  const get = <Value>(path: string, schema: z.ZodType<Value>, problem: string) =>
    send<Value>({
      path: `${path}?${VERSION}`,
      read: json(schema, problem),
    });
  return {
    putComment: async ({ pull, commit, marker, body }) => {
      const found = await get(`/pullrequests/${pull}`, Pull, `pull request ${pull} cannot be read`);
      if (found.status !== 'active' || found.lastMergeSourceCommit.commitId !== commit) return 'outdated';
      const path = `/pullRequests/${pull}/threads`;
      const { value } = await get(path, Threads, 'the comments cannot be listed');
      const content = withoutHtml(body);
      const thread = value.find(({ comments: [first] }) => isOurs(first, plainMarker(marker)));
      if (thread === undefined) {
        const comments = [{ parentCommentId: 0, content, commentType: 'text' }];
        // A thread that is not closed would block the merge, if the branch asks for all comments to be resolved.
        const made = { comments, status: 'closed' };
        // Creating is not repeated, because a second comment would be visible.
        await send({ method: 'POST', path: `${path}?${VERSION}`, body: made, expect: [200, 201] });
        return 'written';
      }
      const comment = `${path}/${thread.id}/comments/${thread.comments[0]?.id}?${VERSION}`;
      await send({ method: 'PATCH', path: comment, body: { content }, repeatable: true });
      return 'written';
    },
  };
}

function isOurs(comment: z.infer<typeof Comment> | undefined, marker: string): boolean {
  return comment !== undefined && comment.isDeleted !== true && comment.content.startsWith(marker);
}
