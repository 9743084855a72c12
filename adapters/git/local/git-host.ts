/** A repository on this machine as a git host, bare or with a work tree. */
import type { GitHost } from '../../../core/ports/git';
import { packSource } from '../archive';
import { readTexts } from '../file-text';
import { isObjectId } from '../object-name';
import { commitFiles, isAncestor } from './commit';
import { logFile } from './history';
import { listPaths, readBlobs, readTree, streamBlobs } from './objects';
import { branchHead, listBranches, resolveRef } from './refs';
import { type LocalRepository, openRepository } from './repository';

/**
 * Returns a git host on the repository at `directory`, which is opened at the first call: that one throws `InvalidInput` if it cannot be
 * used. The author of commits is `image-pipeline <image-pipeline@localhost>`.
 */
export function createLocalGitHost(directory: string): GitHost {
  let opened: Promise<LocalRepository> | undefined;
  function repository(): Promise<LocalRepository> {
    opened ??= openRepository(directory);
    return opened;
  }

  return {
    resolve: async (ref) => resolveRef(await repository(), ref),
    branches: async () => listBranches(await repository()),
    tree: async (commit) => readTree(await repository(), commit),
    blobs: async (ids) => readBlobs(await repository(), ids),
    archive: async (commit) => {
      const opened = await repository();
      const entries = await readTree(opened, commit);
      const ids = entries.filter((entry) => entry.mode !== '160000').map((entry) => entry.id);
      return packSource(entries, streamBlobs(opened, ids));
    },
    log: async (commit, path, limit) => logFile(await repository(), commit, path, limit),
    isAncestor: async (ancestor, descendant) =>
      isObjectId(ancestor) && isObjectId(descendant) && isAncestor(await repository(), ancestor, descendant),
    head: async (branch) => branchHead(await repository(), branch),
    readFiles: async (commit, paths) => {
      const opened = await repository();
      const entries = await listPaths(opened, commit, paths);
      return readTexts(
        paths,
        (path) => entries.get(path),
        (ids) => readBlobs(opened, ids),
      );
    },
    commit: async (proposal) => commitFiles(await repository(), proposal),
  };
}
