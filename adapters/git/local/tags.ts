/** Tags of a repository on disk. It has no pages for releases. */
import type { TagHost } from '../../../core/ports/git';
import { isRefName } from '../object-name';
import { refusedTag, tagText } from '../tag-object';
import { runGit } from './git-command';
import { createLocalHistory, readSourceCommits } from './history';
import { openRepository } from './repository';

/** Creates access to the tags of the repository at `directory`, which is opened at the first call. */
export function createLocalTags(directory: string, clock: { now(): number }): TagHost {
  return {
    commits: async (since, until, limit) =>
      (await readSourceCommits(createLocalHistory(directory), since, until)).slice(0, limit),
    createTag: async ({ name, commit, message }) => {
      if (!isRefName(name)) throw refusedTag(name, 'is not a name that git allows');
      const { path } = await openRepository(directory);
      const before = await commitOfTag(path, name);
      if (before === undefined) {
        const input = tagText({ name, commit, message, seconds: Math.floor(clock.now() / 1000) });
        const { stdout } = await runGit(path, ['hash-object', '-t', 'tag', '-w', '--stdin'], { input });
        // The empty old value means that the ref must not exist.
        const args = ['update-ref', `refs/tags/${name}`, stdout.toString('utf8').trim(), ''];
        const { stderr } = await runGit(path, args, { accept: [1, 128] });
        const now = await commitOfTag(path, name);
        if (now === undefined) throw refusedTag(name, `cannot be made: ${stderr.trim().slice(0, 300)}`);
        return now === commit ? { kind: 'created' } : { kind: 'other', commit: now };
      }
      return before === commit ? { kind: 'exists' } : { kind: 'other', commit: before };
    },
    createRelease: async () => undefined,
  };
}

/** Returns the commit that the tag points to, or undefined if there is no such tag. */
async function commitOfTag(path: string, name: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `refs/tags/${name}^{}`];
  const { stdout, exitCode } = await runGit(path, args, { accept: [1, 128] });
  return exitCode === 0 ? stdout.toString('utf8').trim() : undefined;
}
