/** A commit of somebody else in a repository on disk, by one git process, so that people keep pace with the runs they race against. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { CommitAttempt, CommitProposal } from '../../../core/ports/git';
import { data, gitEnvironment, type TestRepository } from './git-repository';

/**
 * Commits if the branch still is at `parent`. https://git-scm.com/docs/git-fast-import: without `--force` a branch moves forward only,
 * and by compare-and-swap.
 */
export async function commitAsForeigner({ path }: TestRepository, proposal: CommitProposal): Promise<CommitAttempt> {
  const { branch, parent, files, message } = proposal;
  const seconds = Math.floor(Date.now() / 1000);
  const stream = [
    Buffer.from(`commit refs/heads/${branch}\nmark :1\ncommitter Ada <ada@example.com> ${seconds} +0000\n`),
    data(message),
    Buffer.from(`from ${parent}\n`),
    ...files.flatMap((file) => [Buffer.from(`M 100644 inline ${file.path}\n`), data(file.content)]),
    Buffer.from('\nget-mark :1\n'),
  ];
  const child = spawn('git', ['-C', path, 'fast-import', '--quiet'], { env: gitEnvironment() });
  const closed = new Promise<number | null>((done) => child.once('close', done));
  child.stdin.on('error', () => undefined).end(Buffer.concat(stream));
  const [commit, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  if (exitCode === 0) return { kind: 'committed', commit: commit.trim() };
  if (/Not updating|failed to update ref|cannot lock ref/i.test(stderr)) return { kind: 'moved', head: '' };
  throw new Error(`git fast-import ended with ${exitCode}: ${stderr}`);
}
