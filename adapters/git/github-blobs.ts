/** Blobs on GitHub, many by one request. Every content is checked against its id, and so exact however it came. */
import * as z from 'zod';
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import { readBytes } from '../http/read-body';
import { checkReply } from './checked-reply';
import { blobId } from './directory-tree';
import { dataOf, type GitHubApi } from './github-api';
import { isObjectId } from './object-name';

/** Blobs of one GraphQL request. A plan of 73 services reads about 150. */
const BLOBS_PER_REQUEST = 200;
/** GitHub's own limit of the REST API. */
const LARGEST_BLOB = 100 * 1024 * 1024;
/** Contents kept by id for the next call: a plan reads mostly what the plan before it has read. */
const KEPT_BYTES = 64 * 1024 * 1024;

const Blob = z.object({ __typename: z.string(), text: z.string().nullish() }).nullable();
const Found = z.object({ repository: z.record(z.string(), Blob).nullable() });

/** Contents by id. Throws `GitHostError` if one is missing or is no blob. */
export type BlobReader = (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;

/** A reader that remembers what it has read, up to 64 MiB. */
export function createBlobReader(api: GitHubApi): BlobReader {
  const kept = new Map<string, Buffer>();
  let keptBytes = 0;

  function keep(id: string, content: Buffer): void {
    if (keptBytes + content.length > KEPT_BYTES) {
      kept.clear();
      keptBytes = 0;
    }
    kept.set(id, content);
    keptBytes += content.length;
  }

  return async (ids) => {
    const wanted = [...new Set(ids)];
    const found = new Map(wanted.flatMap((id) => (kept.has(id) ? [[id, kept.get(id) as Buffer]] : [])));
    const missing = wanted.filter((id) => !found.has(id));
    for (let at = 0; at < missing.length; at += BLOBS_PER_REQUEST) {
      for (const [id, content] of await readBatch(api, missing.slice(at, at + BLOBS_PER_REQUEST))) {
        found.set(id, content);
        keep(id, content);
      }
    }
    return found;
  };
}

/** GraphQL has text only, and may have changed its encoding or cut it: what does not have its id is fetched as bytes. */
async function readBatch(api: GitHubApi, ids: readonly string[]): Promise<(readonly [string, Buffer])[]> {
  const wrong = ids.find((id) => !isObjectId(id));
  if (wrong !== undefined) throw missing(wrong, 'is not an object id of 40 hex digits');
  const aliases = ids.map((id, index) => `b${index}: object(oid: "${id}") { __typename ... on Blob { text } }`);
  const query = `query Blobs($owner: String!, $name: String!) {
    repository(owner: $owner, name: $name) { ${aliases.join('\n')} }
  }`;
  const reply = await api.graphql(query, { owner: api.owner, name: api.name });
  const what = 'the files cannot be read';
  const found = checkReply(Found, dataOf(reply, what), what).repository ?? {};
  return Promise.all(
    ids.map(async (id, index) => {
      const blob = found[`b${index}`];
      if (blob?.__typename !== 'Blob') throw missing(id, 'is no blob of the repository');
      const content = typeof blob.text === 'string' ? Buffer.from(blob.text) : undefined;
      return [id, content !== undefined && blobId(content) === id ? content : await readRaw(api, id)] as const;
    }),
  );
}

async function readRaw(api: GitHubApi, id: string): Promise<Buffer> {
  const content = await api.get({
    path: `/git/blobs/${id}`,
    accept: 'application/vnd.github.raw+json',
    read: (reply) => readBytes(reply, LARGEST_BLOB),
  });
  if (blobId(content) === id) return content;
  throw missing(id, 'came with a content that does not have this id');
}

function missing(id: string, what: string): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `the file cannot be read: '${id.slice(0, 80)}' ${what}`);
}
