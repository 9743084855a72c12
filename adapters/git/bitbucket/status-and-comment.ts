/** Build statuses and comments on Bitbucket Cloud. */
import * as z from 'zod';
import type { CommentWriter, StatusWriter } from '../../../core/ports/git';
import { STATUS_NAME } from '../git-host-access';
import { plainMarker, withoutHtml } from '../plain-markdown';
import { type HostOptions, json } from '../rest';
import { createBitbucketRest, readValues, wireAddress } from './git-host';

const STATES = { pending: 'INPROGRESS', success: 'SUCCESSFUL', failure: 'FAILED', error: 'FAILED' } as const;

/**
 * Creates a writer of build statuses. A status with the same key replaces the one before:
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/
 */
export function createBitbucketStatuses(options: HostOptions): StatusWriter {
  const send = createBitbucketRest(options);
  const pages = wireAddress(options).url.replace(/\.git$/, '');
  return {
    setStatus: ({ commit, state, description, url }) =>
      send({
        method: 'POST',
        path: `/commit/${encodeURIComponent(commit)}/statuses/build`,
        body: {
          type: 'commitstatus',
          key: STATUS_NAME,
          name: STATUS_NAME,
          state: STATES[state],
          description,
          // Bitbucket refuses a status without a link.
          url: url ?? `${pages}/commits/${commit}`,
        },
        repeatable: true,
        expect: [201],
      }),
  };
}

const Pull = z.object({ state: z.string(), source: z.object({ commit: z.object({ hash: z.string().min(7) }) }) });
const Comment = z.object({
  id: z.int(),
  deleted: z.boolean().optional(),
  content: z.object({ raw: z.string().default('') }),
});

/** Creates a writer of comments: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/ */
export function createBitbucketComments(options: HostOptions): CommentWriter {
  const send = createBitbucketRest(options);
  return {
    putComment: async ({ pull, commit, marker, body }) => {
      const read = json(Pull, `pull request ${pull} cannot be read`);
      const path = `/pullrequests/${pull}`;
      const { state, source } = await send({ path, read });
      // Bitbucket abbreviates the head.
      if (state !== 'OPEN' || !commit.startsWith(source.commit.hash)) return 'outdated';
      const comments = await readValues(send, `${path}/comments`, Comment, 'the comments cannot be listed');
      const found = comments.find(({ deleted, content }) => !deleted && content.raw.startsWith(plainMarker(marker)));
      const content = { type: 'pullrequest_comment', content: { raw: withoutHtml(body) } };
      // Creating is not repeated, because a second comment would be visible.
      await send(
        found === undefined
          ? { method: 'POST', path: `${path}/comments`, body: content, expect: [201] }
          : { method: 'PUT', path: `${path}/comments/${found.id}`, body: content },
      );
      return 'written';
    },
  };
}
