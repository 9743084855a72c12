/** Finds what an older run must leave alone: services of which the branch already holds a newer release. */
import type { ReleasedService, ReleaseRecord } from '../../core/contract';
import type { SourceRepository } from '../../core/ports';
import type { Action } from '../../core/run-input';
import { compareVersions, parseVersion } from '../../core/version/version';
import type { LockEntry, VersionLock } from '../../core/version/version-lock';

/** The branch as it is now, and the version lock as it was at the commit that the run was planned at. */
export interface BranchState {
  readonly head: string;
  readonly lock: VersionLock;
  readonly planned: VersionLock;
}

/**
 * Names of services not to be touched. A release of the whole platform moves in one step or not at all, so there one superseded
 * service means all.
 */
export async function findSuperseded(
  record: ReleaseRecord,
  { head, lock, planned }: BranchState,
  git: Pick<SourceRepository, 'isAncestor'>,
): Promise<readonly string[]> {
  const isAncestor = rememberAncestry(git);
  const names = record.services.map((service) => service.name);
  // The branch was rewound or rewritten meanwhile: what we built is not part of it any more.
  if (!(await isAncestor(record.commit, head))) return names;

  const superseded: string[] = [];
  for (const service of record.services) {
    const there = lock.get(service.name);
    if (there === undefined || (there.version === service.version && there.digest === service.digest)) continue;
    const before = planned.get(service.name);
    const isOld =
      record.action === 'rollback'
        ? hasMoved(before, there)
        : (await isNewer(there, service, record.action, isAncestor)) || (await wentBack(before, there, isAncestor));
    if (isOld) superseded.push(service.name);
  }
  return record.platformVersion !== undefined && superseded.length > 0 ? names : superseded;
}

/** A rollback is about what was there when a person asked for it, and undoes nothing that came later. */
function hasMoved(before: LockEntry | undefined, there: LockEntry): boolean {
  return before?.version !== there.version || before.digest !== there.digest;
}

/** Of one source commit there may be several releases: what a person gave by hand is not taken back by a late push. */
async function isNewer(
  there: LockEntry,
  service: ReleasedService,
  action: Action,
  isAncestor: SourceRepository['isAncestor'],
): Promise<boolean> {
  if (there.source !== service.source) return isAncestor(service.source, there.source);
  return action === 'push' && isBefore(service.version, there.version);
}

/** True if the service was rolled back after the run was planned: what a person took back does not come again by a late run. */
async function wentBack(
  before: LockEntry | undefined,
  there: LockEntry,
  isAncestor: SourceRepository['isAncestor'],
): Promise<boolean> {
  if (before === undefined) return false;
  if (before.source !== there.source) return isAncestor(there.source, before.source);
  return isBefore(there.version, before.version);
}

function isBefore(one: string, other: string): boolean {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  return a !== undefined && b !== undefined && compareVersions(a, b) < 0;
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
