/** Finds what an older run must leave alone: services of which the branch already holds a newer release. */
import type { Action, ReleasedService, ReleaseRecord } from '../../core/contract';
import type { SourceRepository } from '../../core/ports';
import { compareVersions, parseVersion } from '../../core/version/version';
import type { LockEntry, VersionLock } from '../../core/version/version-lock';

/**
 * Names of services not to be touched. A release of the whole platform moves in one step or not at all, so there one superseded
 * service means all. `head` is the branch's head that `lock` was read from.
 */
export async function findSuperseded(
  record: ReleaseRecord,
  lock: VersionLock,
  head: string,
  git: Pick<SourceRepository, 'isAncestor'>,
): Promise<readonly string[]> {
  const ancestors = rememberAncestry(git);
  const names = record.services.map((service) => service.name);
  // The branch was rewound or rewritten meanwhile: what we built is not part of it any more.
  if (!(await ancestors(record.commit, head))) return names;

  const superseded: string[] = [];
  for (const service of record.services) {
    const locked = lock.get(service.name);
    if (locked !== undefined && (await isNewer(locked, service, record.action, ancestors)))
      superseded.push(service.name);
  }
  return record.platformVersion !== undefined && superseded.length > 0 ? names : superseded;
}

/** Of one source commit there may be several releases: what a person gave by hand is not taken back by a late push. */
async function isNewer(
  locked: LockEntry,
  service: ReleasedService,
  action: Action,
  isAncestor: SourceRepository['isAncestor'],
): Promise<boolean> {
  if (locked.source !== service.source) return isAncestor(service.source, locked.source);
  const [there, ours] = [parseVersion(locked.version), parseVersion(service.version)];
  return action === 'push' && there !== undefined && ours !== undefined && compareVersions(there, ours) > 0;
}

/** A run asks about few pairs of commits, many times each. */
function rememberAncestry(git: Pick<SourceRepository, 'isAncestor'>): SourceRepository['isAncestor'] {
  const known = new Map<string, Promise<boolean>>();
  return (ancestor, descendant) => {
    const pair = `${ancestor} ${descendant}`;
    const answer = known.get(pair) ?? git.isAncestor(ancestor, descendant);
    known.set(pair, answer);
    return answer;
  };
}
