/** Files of a commit on GitHub by path, with their modes, and blobs by id. */
import * as z from 'zod';
import { readBytes } from '../../http/http-request';
import { type BlobMemory, type BlobReader, createBlobReader, unreadableBlob } from '../blob-reader';
import type { PathEntry } from '../file-text';
import { pathProblem } from '../object-name';
import { checkReply } from '../rest';
import { blobId } from '../tree';
import type { GitHubApi } from './api';

/** GraphQL gives modes as numbers. */
const Entry = z.object({ mode: z.int(), oid: z.string() }).nullable();

const FoundFiles = z.object({
  repository: z.object({ object: z.record(z.string(), z.unknown()).nullable() }).nullable(),
});

/** Returns the commit's entries at these paths. A path without an entry is absent. */
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
  const what = `files of commit ${commit.slice(0, 8)} cannot be read`;
  const { repository } = await api.query(FoundFiles, what, query, { commit, ...variables });
  return readSelection(wanted, repository?.object ?? {});
}

/** Returns GraphQL for mode and id of each path, for a selection on a commit. */
export function selectFiles(paths: readonly string[]) {
  return {
    selection: paths.map((_, index) => `f${index}: file(path: $f${index}) { mode oid }`).join('\n'),
    declared: paths.map((_, index) => `$f${index}: String!`).join(', '),
    variables: Object.fromEntries(paths.map((path, index) => [`f${index}`, path])),
  };
}

/** Reads the result of `selectFiles`. */
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

/** The most blobs of one GraphQL request. A plan of 73 services reads about 150. */
const BLOBS_PER_REQUEST = 200;

/** GitHub's own limit of the REST API. */
const LARGEST_BLOB = 100 * 1024 * 1024;

const Blob = z.object({ __typename: z.string(), text: z.string().nullish() }).nullable();

const FoundBlobs = z.object({ repository: z.record(z.string(), Blob).nullable() });

/** Creates a reader of the repository's blobs. Every content is compared with its id. */
export function gitHubBlobs(api: GitHubApi, memory: BlobMemory): BlobReader {
  return createBlobReader(BLOBS_PER_REQUEST, (ids) => readBatch(api, ids), memory);
}

/** GraphQL has text only, which may be re-encoded or cut. A content that does not match its id is fetched as bytes. */
async function readBatch(api: GitHubApi, ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const aliases = ids.map((id, index) => `b${index}: object(oid: "${id}") { __typename ... on Blob { text } }`);
  const query = `query Blobs($owner: String!, $name: String!) {
    repository(owner: $owner, name: $name) { ${aliases.join('\n')} }
  }`;
  const { repository } = await api.query(FoundBlobs, 'the files cannot be read', query, {});
  const contents = ids.map(async (id, index) => {
    const blob = repository?.[`b${index}`];
    if (blob?.__typename !== 'Blob') throw unreadableBlob(id, 'is not a blob of the repository');
    const content = typeof blob.text === 'string' ? Buffer.from(blob.text) : undefined;
    return [id, content !== undefined && blobId(content) === id ? content : await readRaw(api, id)] as const;
  });
  return new Map(await Promise.all(contents));
}

async function readRaw(api: GitHubApi, id: string): Promise<Buffer> {
  const content = await api.send({
    path: `/git/blobs/${id}`,
    accept: 'application/vnd.github.raw+json',
    read: (reply) => readBytes(reply, LARGEST_BLOB),
  });
  if (blobId(content) === id) return content;
  throw unreadableBlob(id, 'has a content with another id');
}
