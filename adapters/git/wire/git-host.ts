/**
 * Any git server as a git host, by git's own protocol over https alone: no server has to have an API. Adapters of hosts add what only an API
 * can do: statuses, comments, webhooks.
 */
import { messageOf } from '../../../core/contract/errors';
import type { BranchHead, GitHost, TreeEntry } from '../../../core/ports/git';
import type { Clock } from '../../../core/ports/store';
import { HttpError } from '../../http/http-error';
import { type BlobStream, packSource } from '../archive';
import { type BlobReader, createBlobMemory, createBlobReader, unreadableBlob } from '../blob-reader';
import { readTexts } from '../file-text';
import { isObjectId, pathProblem, refusedRef, unknownRef } from '../object-name';
import { createHostHttp } from '../rest';
import { branchHead, createWireClient, resolveName, type WireClient } from './client';
import { createWireClientV0 } from './client-v0';
import { commitFiles } from './commit';
import { createHistory, type WireHistory } from './history';
import { parseCommitObject } from './objects';
import { writePack } from './pack';
import { createSnapshotMemory, entryAt, filesOf, type Snapshot } from './snapshot';

/** What a host's API does better than git's own protocol. */
interface HostApi {
  readonly clock: Clock;
  /** Returns a commit by its id, abbreviated or not; undefined if there is none. */
  readonly findCommit?: (prefix: string) => Promise<string | undefined>;
  readonly isAncestor?: WireHistory['isAncestor'];
}

export interface WireHostOptions extends HostApi {
  /** `https://host/group/name.git`. */
  readonly url: string;
  /** The `Authorization` header; called before every request. */
  readonly authorization: () => Promise<string>;
  /** The version of git's protocol; default 2. */
  readonly protocol?: 0 | 2;
}

/** The most blobs of one fetch. An archive holds as many in memory. */
const BLOBS_PER_REQUEST = 2000;

/** The shortest abbreviation of a commit id, as in git. */
const ABBREVIATED = /^[0-9a-f]{4,39}$/;

/**
 * Creates a git host on one repository. A plan makes 5 requests: capabilities, refs, tree, and twice files. An abbreviated commit id is
 * looked for in the history of all branches, which takes as long as that history is long; all other names take one request.
 */
export function createWireGitHost(options: WireHostOptions): GitHost {
  return createHostOver(openWireClient(options), options);
}

/** Creates a git host on the repository of a client. */
export function createHostOver(client: WireClient, { clock, ...api }: HostApi): GitHost {
  const memory = createBlobMemory();
  const blobs = createBlobReader(BLOBS_PER_REQUEST, wireBlobReader(client), memory);
  const snapshotAt = createSnapshotMemory(client, memory);
  const history = createHistory(client);
  const findCommit = api.findCommit ?? (async (prefix: string) => history.find(await headIds(client), prefix));
  const isAncestor = api.isAncestor ?? history.isAncestor;

  async function snapshot(commit: string): Promise<Snapshot> {
    if (!isObjectId(commit)) throw unreadableBlob(commit, 'is not a commit id');
    return snapshotAt(commit);
  }

  /** The tree of the commit is needed next, and proves that it exists. The API is asked only if there is no tree. */
  async function hasCommit(id: string): Promise<boolean> {
    try {
      return (await snapshotAt(id)).commit === id;
    } catch (error) {
      // A refused login says nothing about the commit.
      const isUnknown =
        error instanceof HttpError && (error.isRetryable || error.status === 401 || error.status === 403);
      if (isUnknown || (await api.findCommit?.(id)) === id) throw error;
      return false;
    }
  }

  return {
    resolve: async (ref) => {
      if (isObjectId(ref) && (await hasCommit(ref))) return ref;
      const named = isObjectId(ref) ? undefined : await resolveName(client, ref);
      const found = named ?? (ABBREVIATED.test(ref) ? await findCommit(ref) : undefined);
      if (found === undefined) throw unknownRef(ref);
      return found;
    },
    branches: () => readBranches(client),
    tree: async (commit) => filesOf(await snapshot(commit)),
    blobs,
    archive: async (commit) => {
      const entries = filesOf(await snapshot(commit));
      return packSource(entries, streamBlobs(entries, blobs));
    },
    log: async (commit, path, limit) => {
      if (!isObjectId(commit)) throw unreadableBlob(commit, 'is not a commit id');
      return pathProblem(path) === undefined ? history.log(commit, path, limit) : [];
    },
    isAncestor,
    head: (branch) => branchHead(client, branch),
    readFiles: async (commit, paths) => {
      const found = await snapshot(commit);
      return readTexts(paths, (path) => (pathProblem(path) === undefined ? entryAt(found, path) : undefined), blobs);
    },
    commit: (proposal) => commitFiles({ client, clock, snapshot, isAncestor }, proposal),
  };
}

/** Opens the repository with the right version of git's protocol, without a request. */
export function openWireClient({ url, authorization, clock, protocol = 2 }: WireHostOptions): WireClient {
  const options = { url, authorization, http: createHostHttp(url, clock), checksFilters: true };
  return protocol === 2 ? createWireClient(options) : createWireClientV0(options);
}

function wireBlobReader(client: Pick<WireClient, 'fetch'>): BlobReader {
  return async (ids) => {
    const objects = await client.fetch(ids, true);
    return new Map(
      ids.map((id) => {
        const object = objects.get(id);
        if (object?.type !== 'blob') throw unreadableBlob(id, 'is not a blob of the repository');
        return [id, object.content];
      }),
    );
  };
}

async function headIds(client: WireClient): Promise<readonly string[]> {
  return [...(await client.listRefs(['refs/heads/'])).values()].map(({ id }) => id);
}

async function readBranches(client: WireClient): Promise<readonly BranchHead[]> {
  const refs = [...(await client.listRefs(['refs/heads/']))];
  if (refs.length === 0) return [];
  const commits = await client.fetchHistory([...new Set(refs.map(([, { id }]) => id))], 1, 'commits');
  return refs.map(([name, { id }]) => {
    const { message, committedAt } = parseCommitObject(commits.get(id), id);
    return { name: name.slice('refs/heads/'.length), commit: id, message, committedAt };
  });
}

/** Yields the contents of all entries except submodules, in their order, a batch at a time. */
async function* streamBlobs(entries: readonly TreeEntry[], blobs: BlobReader): AsyncGenerator<BlobStream> {
  const files = entries.filter(({ mode }) => mode !== '160000');
  for (let at = 0; at < files.length; at += BLOBS_PER_REQUEST) {
    const batch = files.slice(at, at + BLOBS_PER_REQUEST);
    const contents = await blobs(batch.map(({ id }) => id));
    for (const { id } of batch) {
      const content = contents.get(id) ?? Buffer.alloc(0);
      yield { size: content.length, chunks: [content] };
    }
  }
}

/** Makes the branch at a commit that the server has, unless it exists. Returns its head, which decides: the reply may be lost. */
export async function pushNewBranch(client: WireClient, branch: string, commit: string): Promise<string> {
  const before = await branchHead(client, branch);
  if (before !== undefined) return before;
  const move = { ref: `refs/heads/${branch}`, to: commit, pack: writePack([]) };
  const refusal = await client.push(move).catch((error: unknown) => messageOf(error));
  const after = await branchHead(client, branch);
  if (after !== undefined) return after;
  const reason = (refusal ?? 'the server gave no reason').slice(0, 300);
  throw refusedRef('branch', branch, `cannot be made: ${reason}`);
}
