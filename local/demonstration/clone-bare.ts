/** A bare clone of a repository on this machine. */
import { rm } from 'node:fs/promises';
import { runGit } from '../../adapters/git/git-command';

/** Cloning from a folder of this machine is what is meant here, and only here. */
const FROM_DISK = ['-c', 'protocol.file.allow=always'];

/** Clones `from` to `to`, in place of what is there. */
export async function cloneBare(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await runGit('.', [...FROM_DISK, 'clone', '--quiet', '--bare', '--no-hardlinks', '--', from, to]);
}
