/** Branches, tags and commit ids on GitHub. One request reads all candidates for a name. */
import * as z from 'zod';
import type { BlobMemory } from '../blob-reader';
import { candidateRefs, isObjectId, isRefName, pathProblem, unknownRef } from '../object-name';
import { checkReply } from '../rest';
import { blobId } from '../tree';
import type { GitHubApi } from './api';

/** A tag may point to a tag. Two levels are resolved. */
const PEELED = '... on Tag { target { __typename oid ... on Tag { target { __typename oid } } } }';

/** Loose, for the files that are read with a commit. */
const GitObject = z.object({ __typename: z.string(), oid: z.string() }).loose();

const Target = GitObject.extend({ target: GitObject.extend({ target: GitObject.optional() }).optional() });

const Ref = z.object({ prefix: z.string(), name: z.string(), target: Target.nullable() }).nullable();

const Found = z.object({ repository: z.record(z.string(), z.union([Ref, GitObject.nullable()])).nullable() });

/**
 * Returns the commit that a name stands for. A full commit id is that commit. Other names are looked up as a full ref, branch, tag and
 * abbreviated commit id, in this order. Throws `InvalidInput` if there is none, `GitHostError` if GitHub fails. The files `ahead` are read
 * with it, except for an annotated tag.
 */
export async function resolveRef(api: GitHubApi, ref: string, ahead = NOTHING): Promise<string> {
  const names = isObjectId(ref) ? [] : candidateRefs(ref);
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
  throw unknownRef(ref);
}

/** Returns the branch's head, or undefined if there is no such branch. */
export async function branchHead(api: GitHubApi, branch: string): Promise<string | undefined> {
  if (!isRefName(branch)) return undefined;
  const name = `refs/heads/${branch}`;
  return (await find(api, [name], undefined)).refs.get(name)?.oid;
}

const NOTHING: Ahead = { paths: [], memory: { keep: () => undefined } };

async function find(api: GitHubApi, names: readonly string[], id: string | undefined, ahead = NOTHING) {
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
  const what = `the refs of ${api.owner}/${api.name} cannot be read`;
  const { repository } = await api.query(Found, what, query, { ...variables, ...(id ? { id } : {}) });
  const found = repository ?? {};
  return { refs: exactRefs(Object.values(found)), object: checkReply(GitObject.nullish(), found.object, what) };
}

/** GitHub falls back to short names, and could return `refs/heads/refs/heads/x` for `refs/heads/x`. */
function exactRefs(found: readonly unknown[]): ReadonlyMap<string, z.infer<typeof Target>> {
  const refs = found.flatMap((each) => {
    const { data } = Ref.safeParse(each);
    return data?.target ? [[`${data.prefix}${data.name}`, data.target] as const] : [];
  });
  return new Map(refs);
}

/** GraphQL has text only, and may cut it. */
const File = z.object({ oid: z.string(), object: z.object({ text: z.string() }) });

/** Files to read together with a commit, and the cache for them. */
interface Ahead {
  readonly paths: readonly string[];
  readonly memory: Pick<BlobMemory, 'keep'>;
}

/** Returns GraphQL for the files, for a selection on a commit. */
function selectAhead({ paths }: Ahead) {
  const possible = [...new Set(paths)].filter((path) => pathProblem(path) === undefined);
  return {
    selection: possible
      .map((_, index) => `a${index}: file(path: $a${index}) { oid object { __typename ... on Blob { text } } }`)
      .join(' '),
    declared: possible.map((_, index) => `$a${index}: String!`),
    variables: Object.fromEntries(possible.map((path, index) => [`a${index}`, path])),
  };
}

/** Caches the contents that match their id. Others are read when they are needed. */
function keepAhead(commit: Readonly<Record<string, unknown>>, { memory }: Ahead): void {
  for (const [name, value] of Object.entries(commit)) {
    const { data } = File.safeParse(/^a\d+$/.test(name) ? value : undefined);
    if (data === undefined) continue;
    const content = Buffer.from(data.object.text);
    if (blobId(content) === data.oid) memory.keep(data.oid, content);
  }
}
