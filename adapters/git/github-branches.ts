/** The branches of a repository on GitHub, a hundred by one request. */
import * as z from 'zod';
import type { BranchHead } from '../../core/ports';
import { checkReply } from './checked-reply';
import { dataOf, type GitHubApi } from './github-api';

const Head = z.object({
  name: z.string(),
  target: z.object({ oid: z.string(), message: z.string(), committedDate: z.string() }),
});
const Page = z.object({
  repository: z
    .object({
      refs: z.object({
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
        nodes: z.array(Head),
      }),
    })
    .nullable(),
});
const QUERY = `query Branches($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    refs(refPrefix: "refs/heads/", first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { name target { oid ... on Commit { message committedDate } } }
    }
  }
}`;

/** Every branch with its head. Throws `GitHostError`. */
export async function listBranches(api: GitHubApi): Promise<readonly BranchHead[]> {
  const heads: BranchHead[] = [];
  const what = 'the branches cannot be listed';
  for (let after: string | null = null; ; ) {
    const reply = await api.graphql(QUERY, { owner: api.owner, name: api.name, after });
    const refs = checkReply(Page, dataOf(reply, what), what).repository?.refs;
    heads.push(...(refs?.nodes ?? []).map(headOf));
    if (refs?.pageInfo.hasNextPage !== true) return heads;
    after = refs.pageInfo.endCursor;
  }
}

function headOf({ name, target }: z.infer<typeof Head>): BranchHead {
  return { name, commit: target.oid, message: target.message, committedAt: Date.parse(target.committedDate) };
}
