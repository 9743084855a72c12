/** One comment on a pull request, edited in place: https://docs.github.com/en/rest/issues/comments */
import * as z from 'zod';
import type { CommentWriter } from '../../../core/ports/git';
import { discardBody } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import { createGitHubApi, type GitHubApi, type GitHubOptions, readGitHubJson } from './api';

const PER_PAGE = 100;
/** A comment behind the first 1,000 is not found, and created again. */
const MOST_PAGES = 10;
const Pull = z.object({ state: z.string(), head: z.object({ sha: z.string() }) });
const Comments = z.array(z.object({ id: z.int(), body: z.string().nullish() }));

/** Creates a writer of comments. The token needs the permission to write pull requests. */
export function createGitHubComments(options: GitHubOptions): CommentWriter {
  const api = createGitHubApi(options);
  return {
    putComment: async ({ pull, commit, marker, body }) => {
      const { state, head } = await api.get({
        path: `/pulls/${pull}`,
        read: async (reply) => checkReply(Pull, await readGitHubJson(reply), `pull request ${pull} cannot be read`),
      });
      if (state !== 'open' || head.sha !== commit) return 'outdated';
      const id = await findComment(api, pull, marker);
      await (id === undefined ? createComment(api, pull, body) : editComment(api, id, body));
      return 'written';
    },
  };
}

async function findComment(api: GitHubApi, pull: number, marker: string): Promise<number | undefined> {
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const comments = await api.get({
      path: `/issues/${pull}/comments?per_page=${PER_PAGE}&page=${page}`,
      read: async (reply) => checkReply(Comments, await readGitHubJson(reply), 'the comments cannot be listed'),
    });
    const found = comments.find(({ body }) => body?.startsWith(marker));
    if (found !== undefined) return found.id;
    if (comments.length < PER_PAGE) return undefined;
  }
  return undefined;
}

/** Not repeated, because a second comment would be visible. */
function createComment(api: GitHubApi, pull: number, body: string): Promise<void> {
  const path = `/issues/${pull}/comments`;
  const read = async (reply: Parameters<typeof discardBody>[0]) => discardBody(reply);
  return api.send({ method: 'POST', path, body: { body }, repeatable: false, expect: [201], read });
}

function editComment(api: GitHubApi, id: number, body: string): Promise<void> {
  const path = `/issues/comments/${id}`;
  const read = async (reply: Parameters<typeof discardBody>[0]) => discardBody(reply);
  return api.send({ method: 'PATCH', path, body: { body }, repeatable: true, read });
}
