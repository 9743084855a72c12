/** Blobs on GitHub, many by one request. Every content is checked against its id, and so exact however it came. */
import * as z from 'zod';
import { readBytes } from '../http/read-body';
import { type BlobMemory, type BlobReader, createBlobReader, unreadableBlob } from './blob-reader';
import { checkReply } from './checked-reply';
import { blobId } from './directory-tree';
import { dataOf, type GitHubApi } from './github-api';

/** Blobs of one GraphQL request. A plan of 73 services reads about 150. */
const BLOBS_PER_REQUEST = 200;
/** GitHub's own limit of the REST API. */
const LARGEST_BLOB = 100 * 1024 * 1024;

const Blob = z.object({ __typename: z.string(), text: z.string().nullish() }).nullable();
const Found = z.object({ repository: z.record(z.string(), Blob).nullable() });

/** A reader of the repository's blobs. */
export function gitHubBlobs(api: GitHubApi, memory: BlobMemory): BlobReader {
  return createBlobReader(BLOBS_PER_REQUEST, (ids) => readBatch(api, ids), memory);
}

/** GraphQL has text only, and may have changed its encoding or cut it: what does not have its id is fetched as bytes. */
async function readBatch(api: GitHubApi, ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const aliases = ids.map((id, index) => `b${index}: object(oid: "${id}") { __typename ... on Blob { text } }`);
  const query = `query Blobs($owner: String!, $name: String!) {
    repository(owner: $owner, name: $name) { ${aliases.join('\n')} }
  }`;
  const reply = await api.graphql(query, { owner: api.owner, name: api.name });
  const what = 'the files cannot be read';
  const found = checkReply(Found, dataOf(reply, what), what).repository ?? {};
  const contents = ids.map(async (id, index) => {
    const blob = found[`b${index}`];
    if (blob?.__typename !== 'Blob') throw unreadableBlob(id, 'is no blob of the repository');
    const content = typeof blob.text === 'string' ? Buffer.from(blob.text) : undefined;
    return [id, content !== undefined && blobId(content) === id ? content : await readRaw(api, id)] as const;
  });
  return new Map(await Promise.all(contents));
}

async function readRaw(api: GitHubApi, id: string): Promise<Buffer> {
  const content = await api.get({
    path: `/git/blobs/${id}`,
    accept: 'application/vnd.github.raw+json',
    read: (reply) => readBytes(reply, LARGEST_BLOB),
  });
  if (blobId(content) === id) return content;
  throw unreadableBlob(id, 'came with a content that does not have this id');
}
