/** Commits to a branch of a repository on disk by compare-and-swap, without a work tree. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { CommitAttempt, CommitProposal } from '../../../core/ports/git';
import { refuseUnwritable } from '../file-text';
import { runGit } from './git-command';
import { listPaths } from './objects';
import { branchHead, checkedOutIn } from './refs';
import type { LocalRepository } from './repository';

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
