/** Branches, tags and commit ids on GitHub, all that a name may mean by one request. */
import * as z from 'zod';
import { checkReply } from './checked-reply';
import { dataOf, type GitHubApi } from './github-api';
import { isObjectId, isRefName, unknownRef } from './object-name';

/** A tag may point to a tag; nobody nests them deeper than this. */
const TARGET = `target {
  __typename oid
  ... on Tag { target { __typename oid ... on Tag { target { __typename oid } } } }
}`;

const GitObject = z.object({ __typename: z.string(), oid: z.string() });
const Target = GitObject.extend({ target: GitObject.extend({ target: GitObject.optional() }).optional() });
const Ref = z.object({ prefix: z.string(), name: z.string(), target: Target.nullable() }).nullable();
const Found = z.object({ repository: z.record(z.string(), z.union([Ref, GitObject.nullable()])).nullable() });

/**
 * The commit that a name means. A full commit id is that commit and nothing else; then, in this order: the full ref, the branch,
 * the tag, an abbreviated commit id. Throws `InvalidInput` if there is none, `GitHostError` if GitHub cannot answer.
 */
export async function resolveRef(api: GitHubApi, ref: string): Promise<string> {
  if (!isRefName(ref)) throw unknownRef(ref, 'is no name of a branch, tag or commit that git allows');
  const names = isObjectId(ref)
    ? []
    : [...(ref.startsWith('refs/') ? [ref] : []), `refs/heads/${ref}`, `refs/tags/${ref}`];
  const { refs, object } = await find(api, names, /^[0-9a-f]{4,40}$/.test(ref) ? ref : undefined);
  const named = names.map((name) => refs.get(name)).find((target) => target !== undefined);
  if (named !== undefined) {
    const peeled = [named, named.target, named.target?.target].find((each) => each?.__typename === 'Commit');
    if (peeled === undefined) throw unknownRef(ref, 'names no commit of the repository');
    return peeled.oid;
  }
  if (object?.__typename === 'Commit' && object.oid.startsWith(ref)) return object.oid;
  throw unknownRef(ref, 'is neither a branch nor a tag nor a commit of the repository');
}

/** The branch's head, or undefined if there is no such branch. */
export async function branchHead(api: GitHubApi, branch: string): Promise<string | undefined> {
  if (!isRefName(branch)) return undefined;
  const name = `refs/heads/${branch}`;
  return (await find(api, [name], undefined)).refs.get(name)?.oid;
}

async function find(api: GitHubApi, names: readonly string[], id: string | undefined) {
  const refs = names.map((_, index) => `r${index}: ref(qualifiedName: $r${index}) { prefix name ${TARGET} }`);
  const object = id === undefined ? [] : ['object: object(expression: $id) { __typename oid }'];
  const declared = [...names.map((_, index) => `$r${index}: String!`), ...(id === undefined ? [] : ['$id: String!'])];
  const query = `query Resolve($owner: String!, $name: String!, ${declared.join(', ')}) {
    repository(owner: $owner, name: $name) { ${[...refs, ...object].join('\n')} }
  }`;
  const variables = Object.fromEntries(names.map((name, index) => [`r${index}`, name]));
  const reply = await api.graphql(query, { owner: api.owner, name: api.name, ...variables, ...(id ? { id } : {}) });
  const what = `the refs of ${api.owner}/${api.name} cannot be read`;
  const found = checkReply(Found, dataOf(reply, what), what).repository ?? {};
  return { refs: exactRefs(Object.values(found)), object: checkReply(GitObject.nullish(), found.object, what) };
}

/** GitHub falls back to short names, which might find `refs/heads/refs/heads/x` in the place of `refs/heads/x`. */
function exactRefs(found: readonly unknown[]): ReadonlyMap<string, z.infer<typeof Target>> {
  const refs = found.flatMap((each) => {
    const { data } = Ref.safeParse(each);
    return data?.target ? [[`${data.prefix}${data.name}`, data.target] as const] : [];
  });
  return new Map(refs);
}
