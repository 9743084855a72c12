/** GitHub as git host, by its API alone: no clone, no git process. */
import * as z from 'zod';
import type { GitHost, TreeEntry } from '../../core/ports';
import { createBlobMemory } from './blob-reader';
import { checkReply } from './checked-reply';
import { exactArchive, TARBALL_TIMEOUT } from './exact-archive';
import { readTexts } from './file-text';
import { createGitHubApi, type GitHubOptions, readGitHubJson } from './github-api';
import { gitHubBlobs } from './github-blobs';
import { listBranches } from './github-branches';
import { commitFiles } from './github-commit';
import { listPaths } from './github-files';
import { logFile } from './github-log';
import { branchHead, resolveRef } from './github-refs';
import { readTree } from './github-tree';
import { isObjectId } from './object-name';

const Comparison = z.object({ status: z.enum(['ahead', 'behind', 'diverged', 'identical']) });

/**
 * A git host on one GitHub repository. The token needs to read and write contents. A plan makes 4 requests: refs with the files that
 * every plan reads, tree, Dockerfiles, tarball; 3 if the Dockerfiles are known from a plan before.
 */
export function createGitHubHost(options: GitHubOptions): GitHost {
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
      const tarball = await api.get({ ...request, read: async (reply) => reply.body });
      return exactArchive({ tarball, entries, commit }, blobs);
    },
    log: (commit, path, limit) => logFile(api, commit, path, limit),
    isAncestor: async (ancestor, descendant) => {
      if (!isObjectId(ancestor) || !isObjectId(descendant)) return false;
      return api.get({
        path: `/compare/${ancestor}...${descendant}?per_page=1`,
        expect: [200, 404],
        read: async (reply) => {
          const body = await readGitHubJson(reply);
          return (
            reply.status === 200 &&
            ['ahead', 'identical'].includes(checkReply(Comparison, body, 'two commits cannot be compared').status)
          );
        },
      });
    },
    head: (branch) => branchHead(api, branch),
    readFiles: async (commit, paths) => {
      const entries = await listPaths(api, commit, paths);
      return readTexts(paths, (path) => entries.get(path), blobs);
    },
    commit: (proposal) => commitFiles(api, proposal),
  };
}
