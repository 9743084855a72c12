/** Commits of the sample: fixed author and time, so that the same files always give the same commit. */
import { runGit } from '../../adapters/git/git-command';

const AUTHOR = { name: 'Sample Developer', email: 'developer@sample.invalid', date: '2025-10-01T09:00:00Z' };

const IDENTITY = {
  GIT_AUTHOR_NAME: AUTHOR.name,
  GIT_AUTHOR_EMAIL: AUTHOR.email,
  GIT_AUTHOR_DATE: AUTHOR.date,
  GIT_COMMITTER_NAME: AUTHOR.name,
  GIT_COMMITTER_EMAIL: AUTHOR.email,
  GIT_COMMITTER_DATE: AUTHOR.date,
};

/**
 * Commits everything in the folder, which becomes a repository with the branch `main` if it is none, and returns the commit; the one
 * that is there already if nothing changed. Throws `GitHostError` if git fails.
 */
export async function commitAll(directory: string, message: string): Promise<string> {
  if (!(await isRepository(directory))) {
    await runGit(directory, ['init', '--quiet', '--template=']);
    await runGit(directory, ['symbolic-ref', 'HEAD', 'refs/heads/main']);
  }
  await runGit(directory, ['add', '--all', '--force', '.']);
  const { stdout } = await runGit(directory, ['status', '--porcelain']);
  if (stdout.length > 0) await runGit(directory, ['commit', '--quiet', '--message', message], { env: IDENTITY });
  const head = await runGit(directory, ['rev-parse', '--verify', 'HEAD']);
  return head.stdout.toString('utf8').trim();
}

async function isRepository(directory: string): Promise<boolean> {
  const { stdout, exitCode } = await runGit(directory, ['rev-parse', '--git-dir'], { accept: [128] });
  return exitCode === 0 && stdout.toString('utf8').trim() === '.git';
}
