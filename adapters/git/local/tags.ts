/** Tags of a repository on disk. It has no pages for releases. */
import type { TagHost } from '../../../core/ports/git';
import { makeTag, tagText } from '../tag-object';
import { runGit } from './git-command';
import { createLocalHistory, readSourceCommits } from './history';
import { openRepository } from './repository';

/** Creates access to the tags of the repository at `directory`, which is opened at the first call. */
export function createLocalTags(directory: string, clock: { now(): number }): TagHost {
  return {
    commits: async (since, until, limit) =>
      (await readSourceCommits(createLocalHistory(directory), since, until)).slice(0, limit),
    createTag: async (tag) => {
      const { path } = await openRepository(directory);
      const make = async () => {
        const input = tagText(tag, clock.now());
        const { stdout } = await runGit(path, ['hash-object', '-t', 'tag', '-w', '--stdin'], { input });
        // The empty old value means that the ref must not exist.
        const args = ['update-ref', `refs/tags/${tag.name}`, stdout.toString('utf8').trim(), ''];
        return (await runGit(path, args, { accept: [1, 128] })).stderr.trim();
      };
      return makeTag(tag, () => commitOfTag(path, tag.name), make);
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
