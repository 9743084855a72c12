/** A repository on this machine as a git host, bare or with a work tree. Commits need no work tree. */
import type { CommitAttempt, CommitProposal, GitHost } from '../../../core/ports/git';
import { readTexts } from '../file-text';
import { isObjectId, refusedRef } from '../object-name';
import { runGit } from './git-command';
import { logFile } from './history';
import { listPaths, readBlobs, readObjects, readTree, streamBlobs } from './objects';
import { branchHead, listBranches, readBranch, resolveRef } from './refs';
import { type LocalRepository, repositoryOpener } from './repository';

/**
 * Returns a git host on the repository at `directory`, which is opened at the first call: that one throws `InvalidInput` if it cannot be
 * used. The author of commits is `image-pipeline <image-pipeline@localhost>`.
 */
export function createLocalGitHost(directory: string, repository = repositoryOpener(directory)): GitHost {
  return {
    resolve: async (ref) => resolveRef(await repository(), ref),
    branches: async () => listBranches(await repository()),
    tree: async (commit) => readTree(await repository(), commit),
    blobs: async (ids) => readBlobs(await repository(), ids),
    archive: async (commit) => {
      const opened = await repository();
      const entries = await readTree(opened, commit);
      const ids = entries.filter((entry) => entry.mode !== '160000').map((entry) => entry.id);
      // Only builds take an archive, and its library would slow down the start of every plan.
      const { packSource } = await import('../archive');
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

/**
 * Commits if the branch is still at `parent`. The outcome is read from the branch, never from an exit code. Throws `InvalidInput` for
 * a path that no file can be written to, `GitHostError` if the branch does not exist or cannot be updated.
 */
export async function commitFiles(repository: LocalRepository, proposal: CommitProposal): Promise<CommitAttempt> {
  const { branch, parent } = proposal;
  const before = await readBranch(repository, branch);
  if (before === undefined) throw refusedRef('branch', branch, 'does not exist');
  if (before.head !== parent) return { kind: 'moved', head: before.head };
  if (before.worktree !== undefined) {
    throw refusedRef(
      'branch',
      branch,
      `is checked out in ${before.worktree}, whose files would not be updated; use a bare repository`,
    );
  }
  const commit = await writeCommit(repository, proposal);
  const args = ['update-ref', `refs/heads/${branch}`, commit, parent];
  const { stderr } = await runGit(repository.path, args, { accept: [1, 128] });
  return outcomeOf(repository, proposal, commit, stderr);
}

async function outcomeOf(
  repository: LocalRepository,
  { branch, parent }: CommitProposal,
  commit: string,
  stderr: string,
): Promise<CommitAttempt> {
  const head = await branchHead(repository, branch);
  if (head === undefined) throw refusedRef('branch', branch, 'was deleted in the meantime');
  if (head === commit || (await isAncestor(repository, commit, head))) return { kind: 'committed', commit };
  if (head === parent) throw refusedRef('branch', branch, `cannot be updated: ${stderr.trim().slice(0, 300)}`);
  return { kind: 'moved', head };
}

/** Returns true if `ancestor` is `descendant` or one of its ancestors; false if either is missing. */
export async function isAncestor({ path }: LocalRepository, ancestor: string, descendant: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', '--end-of-options', ancestor, descendant];
  const { exitCode } = await runGit(path, args, { accept: [1, 128] });
  return exitCode === 0;
}

/** Writes blobs, trees and commit, to which no ref points yet. */
async function writeCommit(repository: LocalRepository, proposal: CommitProposal): Promise<string> {
  const { parent, files } = proposal;
  const paths = files.map(({ path }) => path);
  const folders = [...(await listPaths(repository, parent, paths)).values()].filter(({ mode }) => mode === '040000');
  const objects = await readObjects(repository, [parent, `${parent}^{tree}`, ...folders.map(({ id }) => id)]);
  // No plan commits.
  const [{ makeCommit }, { snapshotOf }] = await Promise.all([import('../wire/commit'), import('../wire/snapshot')]);
  const { commit, pack } = makeCommit(snapshotOf(parent, objects), proposal, Date.now());
  await runGit(repository.path, ['unpack-objects', '-q'], { input: pack });
  return commit;
}
