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
import { discardBody, type HttpReply, readJson } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import { STATUS_NAME } from '../git-host-access';
import type { GitLabOptions } from './git-host';
import { createGitLabRest, type GitLabRest } from './rest';

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

const PER_PAGE = 100;
/** A note behind the first 1,000 is not found, and created again. */
const MAX_PAGES = 10;
/** GitLab allows 100 notes of a megabyte each; real pages are far smaller. */
const LARGEST_NOTES = 16 * 1024 * 1024;
const MergeRequest = z.object({ state: z.string(), sha: z.string().nullable() });
const Notes = z.array(z.object({ id: z.int(), body: z.string(), system: z.boolean() }));

/** Creates a writer of comments. The token needs the scope `api`. */
export function createGitLabComments(options: GitLabOptions): CommentWriter {
  const send = createGitLabRest(options);
  return {
    putComment: async ({ pull, commit, marker, body }) => {
      const path = `/merge_requests/${pull}`;
      const { state, sha } = await get(send, path, MergeRequest, `merge request ${pull} cannot be read`);
      if (state !== 'opened' || sha !== commit) return 'outdated';
      const id = await findNote(send, path, marker);
      await putNote(send, path, id, body);
      return 'written';
    },
  };
}

async function findNote(send: GitLabRest, mergeRequest: string, marker: string): Promise<number | undefined> {
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const path = `${mergeRequest}/notes?sort=asc&order_by=created_at&per_page=${PER_PAGE}&page=${page}`;
    const notes = await get(send, path, Notes, 'the notes cannot be listed');
    const found = notes.find(({ body, system }) => !system && body.startsWith(marker));
    if (found !== undefined) return found.id;
    if (notes.length < PER_PAGE) return undefined;
  }
  return undefined;
}

/** Creating is not repeated, because a second note would be visible. */
function putNote(send: GitLabRest, mergeRequest: string, id: number | undefined, body: string): Promise<void> {
  const read = async (reply: HttpReply) => discardBody(reply);
  const path = `${mergeRequest}/notes`;
  return id === undefined
    ? send({ method: 'POST', path, body: { body }, repeatable: false, expect: [201], read })
    : send({ method: 'PUT', path: `${path}/${id}`, body: { body }, repeatable: true, expect: [200], read });
}

function get<Result>(send: GitLabRest, path: string, schema: z.ZodType<Result>, problem: string): Promise<Result> {
  return send({
    method: 'GET',
    path,
    repeatable: true,
    expect: [200],
    read: async (reply) => checkReply(schema, await readJson(reply, LARGEST_NOTES), problem),
  });
}
