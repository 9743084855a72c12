/** A repository on this machine as a git host, bare or with a work tree. Commits need no work tree. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { CommitAttempt, CommitProposal, GitHost } from '../../../core/ports/git';
import { readTexts, refuseUnwritable } from '../file-text';
import { isObjectId } from '../object-name';
import { runGit } from './git-command';
import { logFile } from './history';
import { listPaths, readBlobs, readTree, streamBlobs } from './objects';
import { branchHead, checkedOutIn, listBranches, resolveRef } from './refs';
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

const IDENTITY = {
  GIT_AUTHOR_NAME: 'image-pipeline',
  GIT_AUTHOR_EMAIL: 'image-pipeline@localhost',
  GIT_COMMITTER_NAME: 'image-pipeline',
  GIT_COMMITTER_EMAIL: 'image-pipeline@localhost',
} as const;

/**
 * Commits if the branch is still at `parent`. The outcome is read from the branch, never from an exit code. Throws `InvalidInput` for
 * a path that no file can be written to, `GitHostError` if the branch does not exist or cannot be updated.
 */
export async function commitFiles(repository: LocalRepository, proposal: CommitProposal): Promise<CommitAttempt> {
  const { branch, parent } = proposal;
  const head = await branchHead(repository, branch);
  if (head === undefined) throw refused(branch, 'does not exist');
  if (head !== parent) return { kind: 'moved', head };
  const worktree = await checkedOutIn(repository, branch);
  if (worktree !== undefined) {
    throw refused(branch, `is checked out in ${worktree}, whose files would not be updated; use a bare repository`);
  }
  const commit = await makeCommit(repository, proposal);
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
  if (head === undefined) throw refused(branch, 'was deleted in the meantime');
  if (head === commit || (await isAncestor(repository, commit, head))) return { kind: 'committed', commit };
  if (head === parent) throw refused(branch, `cannot be updated: ${stderr.trim().slice(0, 300)}`);
  return { kind: 'moved', head };
}

/** Returns true if `ancestor` is `descendant` or one of its ancestors; false if either is missing. */
export async function isAncestor({ path }: LocalRepository, ancestor: string, descendant: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', '--end-of-options', ancestor, descendant];
  const { exitCode } = await runGit(path, args, { accept: [1, 128] });
  return exitCode === 0;
}

/** Writes blobs, tree and commit, to which no ref points yet. */
async function makeCommit(repository: LocalRepository, { parent, files, message }: CommitProposal): Promise<string> {
  const present = await listPaths(
    repository,
    parent,
    files.map((file) => file.path),
  );
  refuseUnwritable(files, (path) => present.get(path)?.mode);
  const { path } = repository;
  const folder = await mkdtemp(join(tmpdir(), 'image-pipeline-commit-'));
  try {
    const env = { GIT_INDEX_FILE: join(folder, 'index') };
    await runGit(path, ['read-tree', parent], { env });
    const lines = await Promise.all(
      files.map(async (file) => {
        const written = await runGit(path, ['hash-object', '-w', '--no-filters', '--stdin'], { input: file.content });
        return `${present.get(file.path)?.mode ?? '100644'} ${lineOf(written.stdout)}\t${file.path}\0`;
      }),
    );
    await runGit(path, ['update-index', '-z', '--index-info'], { env, input: lines.join('') });
    const tree = lineOf((await runGit(path, ['write-tree'], { env })).stdout);
    const args = ['commit-tree', '-p', parent, '-F', '-', tree];
    return lineOf((await runGit(path, args, { input: message, env: IDENTITY })).stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function refused(branch: string, reason: string): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `branch '${branch}' ${reason}`);
}

function lineOf(stdout: Buffer): string {
  return stdout.toString('utf8').trim();
}
