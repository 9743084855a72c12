/** Looks at the branch for the commit that a run made: an answer can be lost, and a step can be run twice. */
import type { CommitResult, ReleaseRecord } from '../../core/contract';
import type { GitHost } from '../../core/ports';
import { readTrailers } from '../../core/version/commit-trailers';
import { parseVersionLock } from '../../core/version/version-lock';

/** Commits of others that may have come on top of ours before we look. */
const COMMITS_LOOKED_AT = 100;

/** What the run's commit did, if the branch at `head` has it. `lockPath` is the version lock that the run moves. */
export async function findLanded(
  { run, services }: ReleaseRecord,
  head: string,
  lockPath: string,
  git: Pick<GitHost, 'log' | 'readFiles'>,
): Promise<CommitResult | undefined> {
  const log = await git.log(head, lockPath, COMMITS_LOOKED_AT);
  const commit = log.find(({ message }) => readTrailers(message)?.run === run)?.commit;
  if (commit === undefined) return undefined;
  const lock = parseVersionLock((await git.readFiles(commit, [lockPath])).get(lockPath) ?? '', lockPath);
  const superseded = services
    .filter(({ name, version, digest }) => {
      const there = lock.get(name);
      return there?.version !== version || there.digest !== digest;
    })
    .map(({ name }) => name);
  return { commit, changes: services.length - superseded.length, superseded };
}
