/** GitHub as a git host, through its API alone: without a clone and without a git process. */
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { BranchHead, FileRevision, GitHost, TreeEntry, TreeMode } from '../../../core/ports/git';
import { exactArchive, TARBALL_TIMEOUT } from '../archive';
import { createBlobMemory } from '../blob-reader';
import { readTexts } from '../file-text';
import { isObjectId, pathProblem } from '../object-name';
import { type HostOptions, json, undefinedIf } from '../rest';
import { byPathBytes } from '../tree';
import { createGitHubApi, type GitHubApi } from './api';
import { commitFiles } from './commit';
import { gitHubBlobs, listPaths } from './files';
import { branchHead, resolveRef } from './refs';

const Comparison = z.object({ status: z.enum(['ahead', 'behind', 'diverged', 'identical']) });

/**
 * Creates a git host on one GitHub repository. The token needs the permission to read and write contents. A plan makes 4 requests: refs
 * with the files that every plan reads, tree, Dockerfiles, tarball. It makes 3 if the Dockerfiles are cached.
 */
export function createGitHubHost(options: HostOptions): GitHost {
  const api = createGitHubApi(options);
  const memory = createBlobMemory();
  const blobs = gitHubBlobs(api, memory);
  let lastTree: { readonly commit: string; readonly entries: readonly TreeEntry[] } | undefined;

  async function tree(commit: string): Promise<readonly TreeEntry[]> {
    if (lastTree?.commit !== commit) lastTree = { commit, entries: await readTree(api, commit) };
    return lastTree.entries;
  }

  return {
    resolve: (ref, ahead = []) => resolveRef(api, ref, { paths: ahead, memory }),
    branches: () => listBranches(api),
    tree,
    blobs,
    archive: async (commit) => {
      const entries = await tree(commit);
      const request = { path: `/tarball/${commit}`, timeout: TARBALL_TIMEOUT };
      const tarball = await api.send({ ...request, read: async (reply) => reply.body });
      return exactArchive({ tarball, entries, commit }, blobs);
    },
    log: (commit, path, limit) => logFile(api, commit, path, limit),
    isAncestor: async (ancestor, descendant) => {
      if (!isObjectId(ancestor) || !isObjectId(descendant)) return false;
      const path = `/compare/${ancestor}...${descendant}?per_page=1`;
      const read = json(Comparison, 'two commits cannot be compared');
      const found = await api.send({ path, read }).catch(undefinedIf(404));
      return ['ahead', 'identical'].includes(found?.status ?? '');
    },
    head: (branch) => branchHead(api, branch),
    readFiles: async (commit, paths) => {
      const entries = await listPaths(api, commit, paths);
      return readTexts(paths, (path) => entries.get(path), blobs);
    },
    commit: (proposal) => commitFiles(api, proposal),
  };
}

const MODES = ['100644', '100755', '120000', '160000'] as const satisfies readonly TreeMode[];

/** https://docs.github.com/en/rest/git/trees: `recursive` lists up to 100,000 entries or 7 MB and then says `truncated`. */
const Tree = z.object({
  truncated: z.boolean(),
  tree: z.array(z.object({ path: z.string(), mode: z.enum([...MODES, '040000']), sha: z.string() })),
});

type Listing = z.infer<typeof Tree>;

/** Returns all files of a commit, sorted by path in byte order. Throws `GitHostError` if the commit does not exist. */
async function readTree(api: GitHubApi, commit: string): Promise<readonly TreeEntry[]> {
  if (!isObjectId(commit)) throw new PipelineError(ERROR_NAMES.gitHost, `'${commit.slice(0, 80)}' is not a commit id`);
  const entries = await listAll(api, commit, '');
  return entries.sort(byPathBytes);
}

/** Makes one request if that is enough. Otherwise it makes one for the folder itself and more for each folder in it. */
async function listAll(api: GitHubApi, id: string, prefix: string): Promise<TreeEntry[]> {
  const whole = await list(api, id, true);
  if (!whole.truncated) return filesOf(whole, prefix);
  const folder = await list(api, id, false);
  if (folder.truncated) {
    const message = `folder '${prefix}' has more files than GitHub lists (100,000); the commit cannot be planned`;
    throw new PipelineError(ERROR_NAMES.gitHost, message);
  }
  const below = folder.tree
    .filter((entry) => entry.mode === '040000')
    .map((entry) => listAll(api, entry.sha, `${prefix}${entry.path}/`));
  return [filesOf(folder, prefix), ...(await Promise.all(below))].flat();
}

async function list(api: GitHubApi, id: string, recursive: boolean): Promise<Listing> {
  const path = `/git/trees/${id}${recursive ? '?recursive=1' : ''}`;
  return api.send({ path, read: json(Tree, `the tree ${id.slice(0, 8)} cannot be read`) });
}

function filesOf({ tree }: Listing, prefix: string): TreeEntry[] {
  return tree.flatMap(({ path, mode, sha }) =>
    mode === '040000' ? [] : [{ path: `${prefix}${path}`, mode, id: sha }],
  );
}

/** The most commits in one reply. */
const PAGE = 100;

const Node = z.object({ oid: z.string(), message: z.string(), file: z.object({ oid: z.string() }).nullable() });

const LogPage = z.object({
  repository: z
    .object({
      object: z.object({
        history: z.object({
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
          nodes: z.array(Node),
        }),
      }),
    })
    .nullable(),
});

const FILE_LOG = `query FileLog($owner: String!, $name: String!, $commit: GitObjectID!, $path: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) { object(oid: $commit) { ... on Commit {
    history(first: $first, after: $after, path: $path) {
      pageInfo { hasNextPage endCursor }
      nodes { oid message file(path: $path) { oid } }
    }
  } } }
}`;

/** Returns the last commits up to `commit` that changed the file, the newest first. Throws `GitHostError` if the commit does not exist. */
async function logFile(api: GitHubApi, commit: string, path: string, limit: number): Promise<readonly FileRevision[]> {
  if (pathProblem(path) !== undefined) return [];
  const what = `the history of ${path} cannot be read`;
  const revisions: FileRevision[] = [];
  for (let after: string | null = null; ; ) {
    const first = Math.min(PAGE, limit - revisions.length);
    const page: z.infer<typeof LogPage> = await api.query(LogPage, what, FILE_LOG, { commit, path, first, after });
    const history = page.repository?.object.history;
    revisions.push(...(history?.nodes ?? []).map(revisionOf));
    if (history?.pageInfo.hasNextPage !== true || revisions.length >= limit) return revisions;
    after = history.pageInfo.endCursor;
  }
}

function revisionOf({ oid, message, file }: z.infer<typeof Node>): FileRevision {
  return { commit: oid, message, ...(file === null ? {} : { id: file.oid }) };
}

const Head = z.object({
  name: z.string(),
  target: z.object({ oid: z.string(), message: z.string(), committedDate: z.string() }),
});

const BranchPage = z.object({
  repository: z
    .object({
      refs: z.object({
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
        nodes: z.array(Head),
      }),
    })
    .nullable(),
});

const BRANCHES = `query Branches($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    refs(refPrefix: "refs/heads/", first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { name target { oid ... on Commit { message committedDate } } }
    }
  }
}`;

/** Returns every branch with its head, 100 by one request. Throws `GitHostError`. */
async function listBranches(api: GitHubApi): Promise<readonly BranchHead[]> {
  const heads: BranchHead[] = [];
  for (let after: string | null = null; ; ) {
    const what = 'the branches cannot be listed';
    const page: z.infer<typeof BranchPage> = await api.query(BranchPage, what, BRANCHES, { after });
    const refs = page.repository?.refs;
    heads.push(...(refs?.nodes ?? []).map(headOf));
    if (refs?.pageInfo.hasNextPage !== true) return heads;
    after = refs.pageInfo.endCursor;
  }
}

function headOf({ name, target }: z.infer<typeof Head>): BranchHead {
  return { name, commit: target.oid, message: target.message, committedAt: Date.parse(target.committedDate) };
}
