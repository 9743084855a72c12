/**
 * GitLab as a git host. Trees, files and commits use git's own protocol. GitLab's API lists a tree in pages of 100, and has no commit that
 * depends on the branch's head.
 */

import type { Readable } from 'node:stream';
import * as z from 'zod';
import { ERROR_NAMES } from '../../../core/contract/errors';
import type { BranchHead, GitHost } from '../../../core/ports/git';
import type { Clock } from '../../../core/ports/store';
import { trimSlashes } from '../../../core/text/clean-path';
import { isLoopback } from '../../http/allowed-address';
import { createHttpClient, type HttpClient } from '../../http/http-client';
import { HttpError } from '../../http/http-error';
import { type HttpReply, readJson } from '../../http/http-request';
import { exactArchive, TARBALL_TIMEOUT } from '../archive';
import { createBlobMemory, createBlobReader, unreadableBlob } from '../blob-reader';
import { checkReply } from '../checked-reply';
import { readTexts } from '../file-text';
import { isObjectId, pathProblem, unknownRef } from '../object-name';
import { branchHead, createWireClient, resolveName, type WireClient } from '../wire/client';
import { commitFiles } from '../wire/commit';
import { BLOBS_PER_REQUEST, wireBlobReader } from '../wire/git-host';
import { createSnapshotMemory, entryAt, filesOf, type Snapshot, snapshotOf } from '../wire/snapshot';

export interface GitLabOptions {
  /** `group/name`, subgroups included. */
  readonly repository: string;
  /** `https://<host>/api/v4`. */
  readonly apiUrl: string;
  /** A project, group or personal access token with `read_api` and `write_repository`; called before every request. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

/**
 * Creates a git host on one GitLab project. A plan makes 5 requests: refs, tree, twice files, archive. It makes 3 if an earlier snapshot is
 * cached, because changed files are fetched with changed folders. The plan of a push makes one less, because its commit needs no refs.
 */
export function createGitLabHost({ repository, apiUrl, token, clock }: GitLabOptions): GitHost {
  const allowLoopback = isLoopback(new URL(apiUrl).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const api = createGitLabApi({ repository, apiUrl, token, http });
  const client = createGitLabWire({ repository, apiUrl, token, http });

  const memory = createBlobMemory();
  const blobs = createBlobReader(BLOBS_PER_REQUEST, wireBlobReader(client), memory);

  const snapshotAt = createSnapshotMemory(client, memory);
  async function snapshot(commit: string): Promise<Snapshot> {
    if (!isObjectId(commit)) throw unreadableBlob(commit, 'is not a commit id');
    return snapshotAt(commit);
  }

  async function isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    if (!isObjectId(ancestor) || !isObjectId(descendant)) return false;
    return (await api.mergeBase(ancestor, descendant)) === ancestor;
  }

  /** Fetches the commit's tree, which is needed next. Only if that fails is the API asked whether the commit exists. */
  async function hasCommit(id: string): Promise<boolean> {
    try {
      return (await snapshotAt(id)).commit === id;
    } catch (error) {
      const isTemporary = error instanceof HttpError && error.isRetryable;
      if (isTemporary || (await api.commit(id)) === id) throw error;
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
      throw unknownRef(ref);
    },
    branches: api.branches,
    tree: async (commit) => filesOf(await snapshot(commit)),
    blobs,
    archive: async (commit) => {
      const entries = filesOf(await snapshot(commit));
      return exactArchive({ tarball: await api.tarball(commit), entries, commit }, blobs);
    },
    log: async (commit, path, limit) => {
      if (!isObjectId(commit)) throw unreadableBlob(commit, 'is not a commit id');
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
      const found = await snapshot(commit);
      return readTexts(paths, (path) => (pathProblem(path) === undefined ? entryAt(found, path) : undefined), blobs);
    },
    commit: (proposal) => commitFiles({ client, clock, snapshot, isAncestor }, proposal),
  };
}

/** Creates access to the project over git's own protocol, without a request. */
export function createGitLabWire({ repository, apiUrl, token, http }: GitLabApiOptions): WireClient {
  return createWireClient({
    url: `${trimSlashes(apiUrl).replace(/\/api\/v4$/, '')}/${repository}.git`,
    authorization: async () => `Basic ${Buffer.from(`oauth2:${await token()}`).toString('base64')}`,
    http,
  });
}

const LARGEST_JSON = 1024 * 1024;

const Branches = z.array(
  z.object({ name: z.string(), commit: z.object({ id: z.string(), message: z.string(), committed_date: z.string() }) }),
);

/** 100 commits, whose messages may list all images; in bytes. */
const LARGEST_LOG = 16 * 1024 * 1024;

const Log = z.array(z.object({ id: z.string(), message: z.string() }));

const Commit = z.object({ id: z.string().regex(/^[0-9a-f]{40}$/) });

/** The calls of GitLab's REST API that git's own protocol cannot replace: https://docs.gitlab.com/api/rest */
interface GitLabApi {
  /** Returns the commit of a full or abbreviated id; undefined if there is none. */
  commit(id: string): Promise<string | undefined>;
  /** Returns the best common ancestor of two commits; undefined if there is none or a commit is unknown. */
  mergeBase(one: string, other: string): Promise<string | undefined>;
  /** Returns the last commits up to `commit` that changed the file, the newest first, at most `limit`; 100 by one request. */
  log(
    commit: string,
    path: string,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly message: string }[]>;
  /** Returns every branch with its head, 100 by one request. */
  branches(): Promise<readonly BranchHead[]>;
  /** Returns GitLab's own archive: a gzipped tar with everything in one folder, with attributes applied. */
  tarball(commit: string): Promise<Readable>;
}

interface GitLabApiOptions {
  /** `group/name`. */
  readonly repository: string;
  /** `https://gitlab.com/api/v4`. */
  readonly apiUrl: string;
  readonly token: () => Promise<string>;
  readonly http: HttpClient;
}

/** Creates the client, without a request. All of its calls throw `GitHostError`. */
function createGitLabApi({ repository, apiUrl, token, http }: GitLabApiOptions): GitLabApi {
  const project = `${trimSlashes(apiUrl)}/projects/${encodeURIComponent(repository)}`;

  async function get<Result>(path: string, read: (reply: HttpReply) => Promise<Result>, timeout = 60_000) {
    const headers = { authorization: `Bearer ${await token()}`, 'user-agent': 'image-pipeline' };
    const request = { method: 'GET', url: new URL(`${project}${path}`), headers, expect: [200, 404], timeout } as const;
    return http.exchangeUnlimited(request, read);
  }

  async function readBranches(): Promise<readonly BranchHead[]> {
    const heads: BranchHead[] = [];
    for (let page = '1'; page !== ''; ) {
      page = await get(`/repository/branches?per_page=100&page=${page}`, async (reply) => {
        const body = await readJson(reply, LARGEST_JSON);
        for (const { name, commit } of checkReply(Branches, body, 'the branches cannot be listed')) {
          const { id, message, committed_date } = commit;
          heads.push({ name, commit: id, message, committedAt: Date.parse(committed_date) });
        }
        return reply.headers.get('x-next-page') ?? '';
      });
    }
    return heads;
  }

  async function readLog(commit: string, path: string, limit: number): Promise<z.infer<typeof Log>> {
    const commits: z.infer<typeof Log> = [];
    for (let page = 1; ; page += 1) {
      const query = new URLSearchParams({ ref_name: commit, path, per_page: '100', page: `${page}` });
      const found = await get(`/repository/commits?${query}`, async (reply) =>
        checkReply(Log, await readJson(reply, LARGEST_LOG), `the history of ${path} cannot be read`),
      );
      commits.push(...found);
      if (found.length < 100 || commits.length >= limit) return commits.slice(0, limit);
    }
  }

  async function readCommit(reply: HttpReply): Promise<string | undefined> {
    const body = await readJson(reply, LARGEST_JSON);
    return reply.status === 404 ? undefined : checkReply(Commit, body, 'a commit cannot be read').id;
  }

  return {
    branches: readBranches,
    log: readLog,
    commit: (id) => get(`/repository/commits/${encodeURIComponent(id)}?stats=false`, readCommit),
    mergeBase: (one, other) => get(`/repository/merge_base?refs[]=${one}&refs[]=${other}`, readCommit),
    tarball: (commit) => get(`/repository/archive.tar.gz?sha=${commit}`, async (reply) => reply.body, TARBALL_TIMEOUT),
  };
}
