/** Single files of a commit on GitHub by path, with their modes. */
import * as z from 'zod';
import { checkReply } from './checked-reply';
import type { PathEntry } from './file-text';
import { dataOf, type GitHubApi } from './github-api';
import { pathProblem } from './repository-path';

/** GraphQL gives modes as numbers. */
const Entry = z.object({ mode: z.int(), oid: z.string() }).nullable();
const Found = z.object({ repository: z.object({ object: z.record(z.string(), z.unknown()).nullable() }).nullable() });

/** What the commit has at these paths; a path that it does not or cannot have is absent. */
export async function listPaths(
  api: GitHubApi,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, PathEntry>> {
  const wanted = [...new Set(paths)].filter((path) => pathProblem(path) === undefined);
  if (wanted.length === 0) return new Map();
  const { selection, declared, variables } = selectFiles(wanted);
  const query = `query Files($owner: String!, $name: String!, $commit: GitObjectID!, ${declared}) {
    repository(owner: $owner, name: $name) { object(oid: $commit) { ... on Commit { ${selection} } } }
  }`;
  const reply = await api.graphql(query, { owner: api.owner, name: api.name, commit, ...variables });
  const what = `files of commit ${commit.slice(0, 8)} cannot be read`;
  const found = checkReply(Found, dataOf(reply, what), what).repository?.object;
  return readSelection(wanted, found ?? {});
}

/** GraphQL for "mode and id of each path", to be put into a selection on a commit. */
export function selectFiles(paths: readonly string[]) {
  return {
    selection: paths.map((_, index) => `f${index}: file(path: $f${index}) { mode oid }`).join('\n'),
    declared: paths.map((_, index) => `$f${index}: String!`).join(', '),
    variables: Object.fromEntries(paths.map((path, index) => [`f${index}`, path])),
  };
}

/** Reads what `selectFiles` selected. */
export function readSelection(
  paths: readonly string[],
  found: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, PathEntry> {
  const entries = paths.flatMap((path, index) => {
    const entry = checkReply(Entry, found[`f${index}`] ?? null, `${path} cannot be read`);
    return entry === null ? [] : [[path, { mode: entry.mode.toString(8), id: entry.oid }] as const];
  });
  return new Map(entries);
}
