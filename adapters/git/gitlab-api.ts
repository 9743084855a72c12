/** What GitLab's REST API is needed for besides git's own protocol: https://docs.gitlab.com/api/rest */
import type { Readable } from 'node:stream';
import * as z from 'zod';
import type { BranchHead } from '../../core/ports';
import type { HttpClient } from '../http/http-client';
import type { HttpReply } from '../http/http-request';
import { readJson } from '../http/read-body';
import { checkReply } from './checked-reply';
import { TARBALL_TIMEOUT } from './exact-archive';

const LARGEST_JSON = 1024 * 1024;
const Branches = z.array(
  z.object({ name: z.string(), commit: z.object({ id: z.string(), message: z.string(), committed_date: z.string() }) }),
);
/** A hundred commits, each message up to a list of all images. */
const LARGEST_LOG = 16 * 1024 * 1024;
const Log = z.array(z.object({ id: z.string(), message: z.string() }));
const Commit = z.object({ id: z.string().regex(/^[0-9a-f]{40}$/) });

export interface GitLabApi {
  /** The commit of a full or abbreviated id; undefined if there is none. */
  commit(id: string): Promise<string | undefined>;
  /** The best common ancestor of two commits; undefined if there is none or one of them is not known. */
  mergeBase(one: string, other: string): Promise<string | undefined>;
  /** The last commits up to `commit` that changed the file, the newest first, at most `limit`; a hundred by one request. */
  log(
    commit: string,
    path: string,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly message: string }[]>;
  /** Every branch with its head, a hundred by one request. */
  branches(): Promise<readonly BranchHead[]>;
  /** GitLab's own archive: gzipped tar, everything in one folder, attributes applied. */
  tarball(commit: string): Promise<Readable>;
}

export interface GitLabApiOptions {
  /** `group/name`. */
  readonly repository: string;
  /** `https://gitlab.com/api/v4`. */
  readonly apiUrl: string;
  readonly token: () => Promise<string>;
  readonly http: HttpClient;
}

/** Makes no request yet. All of its calls throw `GitHostError`. */
export function createGitLabApi({ repository, apiUrl, token, http }: GitLabApiOptions): GitLabApi {
  const project = `${apiUrl.replace(/\/+$/, '')}/projects/${encodeURIComponent(repository)}`;

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
