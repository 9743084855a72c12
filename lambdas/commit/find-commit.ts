/** Finds the commit that a run has made on a branch: an answer can be lost, and a step can run twice. */
import type { CommitResult, ReleaseRecord } from '../../core/contract/release';
import type { ValuesGit } from '../../core/ports/git';
import { runOf } from '../../core/version/commit-message';
import { parseVersionLock } from '../../core/version/version-lock';
import { byRelease } from './find-superseded';

/** The number of later commits to the version lock among which a run's own is searched. */
const SEARCHED_COMMITS = 100;

/** Returns the result of the run's commit among the last ones up to `head`, or undefined if there is none. */
export async function findExistingCommit(
  { run, services }: ReleaseRecord,
  head: string,
  lockPath: string,
  valuesGit: Pick<ValuesGit, 'log' | 'readFiles' | 'holds'>,
): Promise<CommitResult | undefined> {
  const log = await valuesGit.log(head, lockPath, SEARCHED_COMMITS);
  const commit = log.find(({ message }) => runOf(message) === run)?.commit;
  if (commit === undefined) return undefined;
  const lock = parseVersionLock((await valuesGit.readFiles(commit, [lockPath])).get(lockPath) ?? '', lockPath);
  const superseded = services
    .filter(({ name, version, digest }) => {
      const entry = lock.get(name);
      return entry?.version !== version || entry.digest !== digest;
    })
    .map(({ name }) => name);
  return { commit, changes: services.length - superseded.length, ...byRelease(superseded) };
}
