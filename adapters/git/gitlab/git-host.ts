/**
 * GitLab as a git host. Trees, files and commits use git's own protocol. GitLab's API lists a tree in pages of 100, and has no commit that
 * depends on the branch's head.
 */
import * as z from 'zod';
import type { BranchHead, FileRevision, GitHost } from '../../../core/ports/git';
import { trimSlashes } from '../../../core/text/clean-path';
import type { HttpClient } from '../../http/http-client';
import { type HttpReply, readJson } from '../../http/http-request';
import { exactArchive, TARBALL_TIMEOUT } from '../archive';
import { unreadableBlob } from '../blob-reader';
import { isObjectId, pathProblem } from '../object-name';
import {
  checkReply,
  createGitRest,
  createHostHttp,
  type GitRest,
  type HostOptions,
  json,
  LARGEST_JSON,
  undefinedIf,
} from '../rest';
import { createWireClient, type WireClient } from '../wire/client';
import { createHostOver, type WireHostOptions } from '../wire/git-host';
import { entryAt, snapshotOf } from '../wire/snapshot';

/**
 * Creates a git host on one GitLab project. A plan makes 5 requests: refs, tree, twice files, archive. It makes 3 if an earlier snapshot is
 * cached, because changed files are fetched with changed folders. The plan of a push makes one less, because its commit needs no refs.
 */
export function createGitLabHost(options: HostOptions): GitHost {
  const http = createHostHttp(options.apiUrl, options.clock);
  const send = createGitLabRest(options, http);
  const client = createWireClient({ ...gitLabWire(options), http });
  const host = createHostOver(client, {
    clock: options.clock,
    findCommit: async (prefix) => {
      const commit = await readCommit(send, `/repository/commits/${encodeURIComponent(prefix)}?stats=false`);
      // A branch of that name would be found, too.
      return commit?.startsWith(prefix) ? commit : undefined;
    },
    isAncestor: async (ancestor, descendant) => {
      if (!isObjectId(ancestor) || !isObjectId(descendant)) return false;
      const path = `/repository/merge_base?refs[]=${ancestor}&refs[]=${descendant}`;
      return (await readCommit(send, path)) === ancestor;
    },
  });
  return {
    ...host,
    branches: () => readBranches(send),
    archive: async (commit) => {
      const entries = await host.tree(commit);
      const path = `/repository/archive.tar.gz?sha=${commit}`;
      const read = async (reply: HttpReply) => reply.body;
      const tarball = await send({ path, accept: '*/*', timeout: TARBALL_TIMEOUT, read });
      return exactArchive({ tarball, entries, commit }, host.blobs);
    },
    log: async (commit, path, limit) => {
      if (!isObjectId(commit)) throw unreadableBlob(commit, 'is not a commit id');
      return pathProblem(path) === undefined ? readLog(send, client, { commit, path, limit }) : [];
    },
  };
}

/** Returns the address of the repository for git's own protocol, and its login. */
export function gitLabWire({ repository, apiUrl, token, clock }: HostOptions): WireHostOptions {
  return {
    url: `${trimSlashes(apiUrl).replace(/\/api\/v4$/, '')}/${repository}.git`,
    authorization: async () => `Basic ${Buffer.from(`oauth2:${await token()}`).toString('base64')}`,
    clock,
  };
}

/** Creates the client of the project's API, without a request: https://docs.gitlab.com/api/rest */
export function createGitLabRest(options: HostOptions, http?: HttpClient): GitRest {
  const { repository, apiUrl, clock } = options;
  return createGitRest({
    base: `${trimSlashes(apiUrl)}/projects/${encodeURIComponent(repository)}`,
    authorization: bearer(options),
    http: http ?? createHostHttp(apiUrl, clock),
  });
}

/** Returns the `Authorization` header of GitLab's API. */
export function bearer({ token }: HostOptions): () => Promise<string> {
  return async () => `Bearer ${await token()}`;
}

const Commit = z.object({ id: z.string().regex(/^[0-9a-f]{40}$/) });

async function readCommit(send: GitRest, path: string): Promise<string | undefined> {
  return (await send({ path, read: json(Commit, 'a commit cannot be read') }).catch(undefinedIf(404)))?.id;
}

const Branches = z.array(
  z.object({ name: z.string(), commit: z.object({ id: z.string(), message: z.string(), committed_date: z.string() }) }),
);

/** Returns every branch with its head, 100 by one request. */
async function readBranches(send: GitRest): Promise<readonly BranchHead[]> {
  const heads: BranchHead[] = [];
  for (let page = '1'; page !== ''; ) {
    page = await send({
      path: `/repository/branches?per_page=100&page=${page}`,
      read: async (reply) => {
        const body = await readJson(reply, LARGEST_JSON);
        for (const { name, commit } of checkReply(Branches, body, 'the branches cannot be listed')) {
          const { id, message, committed_date } = commit;
          heads.push({ name, commit: id, message, committedAt: Date.parse(committed_date) });
        }
        return reply.headers.get('x-next-page') ?? '';
      },
    });
  }
  return heads;
}

const Log = z.array(z.object({ id: z.string(), message: z.string() }));

/** Returns the last commits up to `commit` that changed the file, the newest first, at most `limit`; 100 by one request. */
async function readLog(
  send: GitRest,
  client: WireClient,
  { commit, path, limit }: { readonly commit: string; readonly path: string; readonly limit: number },
): Promise<readonly FileRevision[]> {
  const found: z.infer<typeof Log> = [];
  for (let page = 1; ; page += 1) {
    const query = new URLSearchParams({ ref_name: commit, path, per_page: '100', page: `${page}` });
    const read = json(Log, `the history of ${path} cannot be read`);
    const some = await send({ path: `/repository/commits?${query}`, read });
    found.push(...some);
    if (some.length < 100 || found.length >= limit) break;
  }
  const commits = found.slice(0, limit);
  if (commits.length === 0) return [];
  const ids = commits.map(({ id }) => id);
  const trees = await client.fetch(ids, false);
  return commits.map(({ id, message }) => {
    const entry = entryAt(snapshotOf(id, trees), path);
    return { commit: id, message, ...(entry?.mode.startsWith('100') ? { id: entry.id } : {}) };
  });
}
