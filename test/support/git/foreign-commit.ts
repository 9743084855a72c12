/** A foreign commit in a repository on disk. It takes one git process, so that it is as fast as the runs. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { CommitAttempt, CommitProposal } from '../../../core/ports/git';
import { data, gitEnvironment, type TestRepository } from './git-repository';

/**
 * Commits if the branch is still at `parent`. Without `--force`, fast-import only moves a branch forward, by compare-and-swap:
 * https://git-scm.com/docs/git-fast-import
 */
export async function commitForeignFiles({ path }: TestRepository, proposal: CommitProposal): Promise<CommitAttempt> {
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
