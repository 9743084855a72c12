/** Which commits of a repository on GitHub changed a file, a hundred by one request. */
import * as z from 'zod';
import type { FileRevision } from '../../core/ports';
import { checkReply } from './checked-reply';
import { dataOf, type GitHubApi } from './github-api';
import { pathProblem } from './repository-path';

/** GitHub gives at most so many commits at a time. */
const PAGE = 100;

const Node = z.object({ oid: z.string(), message: z.string(), file: z.object({ oid: z.string() }).nullable() });
const Page = z.object({
  repository: z
    .object({
      object: z.object({
        history: z.object({
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
          nodes: z.array(Node),
        }),
      }),
    })
    .nullable(),
});
const QUERY = `query FileLog($owner: String!, $name: String!, $commit: GitObjectID!, $path: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) { object(oid: $commit) { ... on Commit {
    history(first: $first, after: $after, path: $path) {
      pageInfo { hasNextPage endCursor }
      nodes { oid message file(path: $path) { oid } }
    }
  } } }
}`;

/** The last commits up to `commit` that changed the file, the newest first. Throws `GitHostError` if the commit is not there. */
export async function logFile(
  api: GitHubApi,
  commit: string,
  path: string,
  limit: number,
): Promise<readonly FileRevision[]> {
  if (pathProblem(path) !== undefined) return [];
  const what = `the history of ${path} cannot be read`;
  const revisions: FileRevision[] = [];
  for (let after: string | null = null; ; ) {
    const first = Math.min(PAGE, limit - revisions.length);
    const reply = await api.graphql(QUERY, { owner: api.owner, name: api.name, commit, path, first, after });
    const history = checkReply(Page, dataOf(reply, what), what).repository?.object.history;
    revisions.push(...(history?.nodes ?? []).map(revisionOf));
    if (history?.pageInfo.hasNextPage !== true || revisions.length >= limit) return revisions;
    after = history.pageInfo.endCursor;
  }
}

function revisionOf({ oid, message, file }: z.infer<typeof Node>): FileRevision {
  return { commit: oid, message, ...(file === null ? {} : { id: file.oid }) };
}
