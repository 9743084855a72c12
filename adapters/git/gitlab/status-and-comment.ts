/**
 * Reports to people on GitLab.
 *
 * - The state of a run at its commit: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status
 * - One note on a merge request, edited in place: https://docs.gitlab.com/api/notes/#merge-requests
 */
import * as z from 'zod';
import type { CommentWriter, CommitStatus, StatusWriter } from '../../../core/ports/git';
import { readServerMessage } from '../../http/describe-failure';
import { UnusableReplyError } from '../../http/http-error';
import { STATUS_NAME } from '../git-host-access';
import { discard, type GitRest, type HostOptions, json, pagesOf } from '../rest';
import { createGitLabRest } from './git-host';

const STATES: Readonly<Record<CommitStatus['state'], string>> = {
  pending: 'pending',
  success: 'success',
  failure: 'failed',
  error: 'failed',
};

/** Creates a writer of commit statuses. The token needs the scope `api`. */
export function createGitLabStatuses(options: HostOptions): StatusWriter {
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
          if (reply.status === 201) return discard(reply);
          const { message } = await readServerMessage(reply);
          // GitLab refuses the current state of the status.
          if (!message.startsWith('Cannot transition status')) throw new UnusableReplyError('BAD_REQUEST', message);
          return undefined;
        },
      }),
  };
}

const PER_PAGE = 100;
const MergeRequest = z.object({ state: z.string(), sha: z.string().nullable() });
const Notes = z.array(z.object({ id: z.int(), body: z.string(), system: z.boolean() }));

/** Creates a writer of comments. The token needs the scope `api`. */
export function createGitLabComments(options: HostOptions): CommentWriter {
  const send = createGitLabRest(options);
  return {
    putComment: async ({ pull, commit, marker, body }) => {
      const path = `/merge_requests/${pull}`;
      const { state, sha } = await send({
        path,
        read: json(MergeRequest, `merge request ${pull} cannot be read`),
      });
      if (state !== 'opened' || sha !== commit) return 'outdated';
      const id = await findNote(send, path, marker);
      // Creating is not repeated, because a second note would be visible.
      await send(
        id === undefined
          ? { method: 'POST', path: `${path}/notes`, body: { body }, expect: [201] }
          : { method: 'PUT', path: `${path}/notes/${id}`, body: { body } },
      );
      return 'written';
    },
  };
}

/** A note behind the first 1,000 is not found, and created again. */
async function findNote(send: GitRest, mergeRequest: string, marker: string): Promise<number | undefined> {
  const readPage = (page: number) =>
    send({
      path: `${mergeRequest}/notes?sort=asc&order_by=created_at&per_page=${PER_PAGE}&page=${page}`,
      read: json(Notes, 'the notes cannot be listed'),
    });
  for await (const notes of pagesOf(readPage, PER_PAGE)) {
    const found = notes.find(({ body, system }) => !system && body.startsWith(marker));
    if (found !== undefined) return found.id;
  }
  return undefined;
}
