/**
 * GitLab as git host, on gitlab.com or self-hosted. Trees, files and commits go over git's own protocol: GitLab's API lists a tree
 * by hundreds, and has no commit that depends on where the branch is.
 */
import { ERROR_NAMES } from '../../core/contract';
import type { Clock, GitHost } from '../../core/ports';
import { isLoopback } from '../http/allowed-address';
import { createHttpClient } from '../http/http-client';
import { HttpError } from '../http/http-error';
import { type BlobReader, createBlobMemory, createBlobReader, unreadableBlob } from './blob-reader';
import { exactArchive } from './exact-archive';
import { readTexts } from './file-text';
import { createGitLabApi } from './gitlab-api';
import { isObjectId, unknownRef } from './object-name';
import { pathProblem } from './repository-path';
import { entryAt, filesOf, type Snapshot, snapshotOf } from './wire/snapshot';
import { createSnapshotMemory } from './wire/snapshot-memory';
import { createWireClient } from './wire/wire-client';
import { commitFiles } from './wire/wire-commit';
import { branchHead, resolveName } from './wire/wire-refs';

export interface GitLabOptions {
  /** `group/name`, subgroups included. */
  readonly repository: string;
  /** `https://<host>/api/v4`. */
  readonly apiUrl: string;
  /** A project, group or personal access token with `read_api` and `write_repository`; asked before every request. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

/** Blobs of one fetch. */
const BLOBS_PER_REQUEST = 2000;

/**
 * A git host on one GitLab project. A plan makes 5 requests: refs, tree, twice files, archive; 3 if the Dockerfiles are known from a plan
 * before: changed files come with changed folders. That of a push makes one less, because its commit needs no refs.
 */
export function createGitLabHost({ repository, apiUrl, token, clock }: GitLabOptions): GitHost {
  const allowLoopback = isLoopback(new URL(apiUrl).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const api = createGitLabApi({ repository, apiUrl, token, http });
  const client = createWireClient({
    url: `${apiUrl.replace(/\/api\/v4\/*$/, '')}/${repository}.git`,
    authorization: async () => `Basic ${Buffer.from(`oauth2:${await token()}`).toString('base64')}`,
    http,
  });

  const memory = createBlobMemory();
  const readBlobs: BlobReader = async (ids) => {
    const objects = await client.fetch(ids, true);
    return new Map(
      ids.map((id) => {
        const object = objects.get(id);
        if (object?.type !== 'blob') throw unreadableBlob(id, 'is no blob of the repository');
        return [id, object.content];
      }),
    );
  };
  const blobs = createBlobReader(BLOBS_PER_REQUEST, readBlobs, memory);

  const snapshotAt = createSnapshotMemory(client, memory);
  async function snapshot(commit: string): Promise<Snapshot> {
    if (!isObjectId(commit)) throw unreadableBlob(commit, 'is no commit id');
    return snapshotAt(commit);
  }

  async function isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    if (!isObjectId(ancestor) || !isObjectId(descendant)) return false;
    return (await api.mergeBase(ancestor, descendant)) === ancestor;
  }

  /** Its tree is what is wanted next, and says that the commit is there; only if it cannot be had is that asked for. */
  async function hasCommit(id: string): Promise<boolean> {
    try {
      return (await snapshotAt(id)).commit === id;
    } catch (error) {
      const isDown = error instanceof HttpError && error.isRetryable;
      if (isDown || (await api.commit(id)) === id) throw error;
      return false;
    }
  }

  return {
    resolve: async (ref) => {
      if (isObjectId(ref) && (await hasCommit(ref))) return ref;
      const named = isObjectId(ref) ? undefined : await resolveName(client, ref);
      if (named !== undefined) return named;
      const commit = /^[0-9a-f]{4,39}$/.test(ref) ? await api.commit(ref) : undefined;
      if (commit?.startsWith(ref)) return commit;
      throw unknownRef(ref, 'is neither a branch nor a tag nor a commit of the repository');
    },
    branches: api.branches,
    tree: async (commit) => filesOf(await snapshot(commit)),
    blobs,
    archive: async (commit) => {
      const entries = filesOf(await snapshot(commit));
      return exactArchive({ tarball: await api.tarball(commit), entries, commit }, blobs);
    },
    log: async (commit, path, limit) => {
      if (!isObjectId(commit)) throw unreadableBlob(commit, 'is no commit id');
      if (pathProblem(path) !== undefined) return [];
      const commits = await api.log(commit, path, limit);
      if (commits.length === 0) return [];
      const trees = await client.fetch(
        commits.map(({ id }) => id),
        false,
      );
      return commits.map(({ id, message }) => {
        const entry = entryAt(snapshotOf(id, trees), path);
        return { commit: id, message, ...(entry?.mode.startsWith('100') ? { id: entry.id } : {}) };
      });
    },
    isAncestor,
    head: (branch) => branchHead(client, branch),
    readFiles: async (commit, paths) => {
      const there = await snapshot(commit);
      return readTexts(paths, (path) => (pathProblem(path) === undefined ? entryAt(there, path) : undefined), blobs);
    },
    commit: (proposal) => commitFiles({ client, clock, snapshot, isAncestor }, proposal),
  };
}
