/** Branches, tags and commit ids on GitHub, all that a name may mean by one request. */
import * as z from 'zod';
import { checkReply } from './checked-reply';
import { type Ahead, keepAhead, selectAhead } from './github-ahead';
import { dataOf, type GitHubApi } from './github-api';
import { isObjectId, isRefName, unknownRef } from './object-name';

/** A tag may point to a tag; nobody nests them deeper than this. */
const PEELED = '... on Tag { target { __typename oid ... on Tag { target { __typename oid } } } }';

/** Loose, for what comes along with a commit. */
const GitObject = z.object({ __typename: z.string(), oid: z.string() }).loose();
const Target = GitObject.extend({ target: GitObject.extend({ target: GitObject.optional() }).optional() });
const Ref = z.object({ prefix: z.string(), name: z.string(), target: Target.nullable() }).nullable();
const Found = z.object({ repository: z.record(z.string(), z.union([Ref, GitObject.nullable()])).nullable() });

/**
 * The commit that a name means. A full commit id is that commit and nothing else; then, in this order: the full ref, the branch,
 * the tag, an abbreviated commit id. Throws `InvalidInput` if there is none, `GitHostError` if GitHub cannot answer. Files ahead come along
 * unless the name is that of an annotated tag.
 */
export async function resolveRef(api: GitHubApi, ref: string, ahead: Ahead): Promise<string> {
  if (!isRefName(ref)) throw unknownRef(ref, 'is no name of a branch, tag or commit that git allows');
  const names = isObjectId(ref)
    ? []
    : [...(ref.startsWith('refs/') ? [ref] : []), `refs/heads/${ref}`, `refs/tags/${ref}`];
  const { refs, object } = await find(api, names, /^[0-9a-f]{4,40}$/.test(ref) ? ref : undefined, ahead);
  const named = names.map((name) => refs.get(name)).find((target) => target !== undefined);
  if (named !== undefined) {
    const peeled = [named, named.target, named.target?.target].find((each) => each?.__typename === 'Commit');
    if (peeled === undefined) throw unknownRef(ref, 'names no commit of the repository');
    keepAhead(peeled, ahead);
    return peeled.oid;
  }
  if (object?.__typename === 'Commit' && object.oid.startsWith(ref)) {
    keepAhead(object, ahead);
    return object.oid;
  }
  throw unknownRef(ref, 'is neither a branch nor a tag nor a commit of the repository');
}

/** The branch's head, or undefined if there is no such branch. */
export async function branchHead(api: GitHubApi, branch: string): Promise<string | undefined> {
  if (!isRefName(branch)) return undefined;
  const name = `refs/heads/${branch}`;
  return (await find(api, [name], undefined, NOTHING)).refs.get(name)?.oid;
}

const NOTHING: Ahead = { paths: [], memory: { keep: () => undefined } };

async function find(api: GitHubApi, names: readonly string[], id: string | undefined, ahead: Ahead) {
  const files = selectAhead(ahead);
  const fields = `__typename oid ${files.selection === '' ? '' : `... on Commit { ${files.selection} }`}`;
  const refs = names.map(
    (_, index) => `r${index}: ref(qualifiedName: $r${index}) { prefix name target { ${fields} ${PEELED} } }`,
  );
  const object = id === undefined ? [] : [`object: object(expression: $id) { ${fields} }`];
  const ids = id === undefined ? [] : ['$id: String!'];
  const declared = [...names.map((_, index) => `$r${index}: String!`), ...ids, ...files.declared];
  const query = `query Resolve($owner: String!, $name: String!, ${declared.join(', ')}) {
    repository(owner: $owner, name: $name) { ${[...refs, ...object].join('\n')} }
  }`;
  const variables = { ...Object.fromEntries(names.map((name, index) => [`r${index}`, name])), ...files.variables };
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
