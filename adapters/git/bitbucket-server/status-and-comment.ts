/** Build statuses and comments on Bitbucket Data Center. */
import * as z from 'zod';
import type { CommentWriter, StatusWriter } from '../../../core/ports/git';
import { STATUS_NAME } from '../git-host-access';
import { plainMarker, withoutHtml } from '../plain-markdown';
import { type HostOptions, json } from '../rest';
import { createServerRest, pagesOf, readValues, repositoryPath } from './git-host';

const STATES = { pending: 'INPROGRESS', success: 'SUCCESSFUL', failure: 'FAILED', error: 'FAILED' } as const;

/** The longest link that the API accepts, in characters. */
const LONGEST_URL = 450;

/** Creates a writer of build statuses. A status with the same key replaces the one before. The right to read is enough. */
export function createServerStatuses(options: HostOptions): StatusWriter {
  const send = createServerRest(options);
  const path = repositoryPath(options.repository);
  return {
    setStatus: ({ commit, state, description, url }) =>
      send({
        method: 'POST',
        path: `${path}/commits/${encodeURIComponent(commit)}/builds`,
        body: {
          key: STATUS_NAME,
          name: STATUS_NAME,
          state: STATES[state],
          description,
          // A status needs a link.
          url: url !== undefined && url.length <= LONGEST_URL ? url : `${pagesOf(options)}${path}/commits/${commit}`,
        },
        repeatable: true,
        expect: [204],
      }),
  };
}

const Pull = z.object({ open: z.boolean(), fromRef: z.object({ latestCommit: z.string() }) });

/** One entry of a pull request's history. Only those about comments have one. */
const Activity = z.object({
  comment: z.object({ id: z.int(), version: z.int(), text: z.string().default('') }).optional(),
});

/** Creates a writer of comments. The list of comments is for one file only; general ones are in the history. */
export function createServerComments(options: HostOptions): CommentWriter {
  const send = createServerRest(options);
  return {
    putComment: async ({ pull, commit, marker, body }) => {
      const path = `${repositoryPath(options.repository)}/pull-requests/${pull}`;
      const read = json(Pull, `pull request ${pull} cannot be read`);
      const { open, fromRef } = await send({ path, read });
      if (!open || fromRef.latestCommit !== commit) return 'outdated';
      const history = await readValues(send, `${path}/activities`, Activity, 'the comments cannot be listed');
      const found = history.find(({ comment }) => comment?.text.startsWith(plainMarker(marker)))?.comment;
      const text = withoutHtml(body);
      // Creating is not repeated, because a second comment would be visible. The version proves that it was not edited meanwhile.
      await send(
        found === undefined
          ? { method: 'POST', path: `${path}/comments`, body: { text }, expect: [201] }
          : {
              method: 'PUT',
              path: `${path}/comments/${found.id}`,
              body: { text, version: found.version },
              repeatable: false,
            },
      );
      return 'written';
    },
  };
}
