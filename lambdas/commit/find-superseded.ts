/** Finds what an older run must leave alone: services of which the branch already holds a newer release. */
import pLimit from 'p-limit';
import type { ReleasedService, ReleaseRecord } from '../../core/contract/release';
import type { Action } from '../../core/contract/run-input';
import type { SourceRepository } from '../../core/ports/git';
import { compareVersions, parseVersion } from '../../core/version/version';
import type { LockEntry, VersionLock } from '../../core/version/version-lock';

/** The branch as it is now. */
export interface BranchState {
  readonly head: string;
  readonly lock: VersionLock;
  /** Reads the version lock as it was at the commit that the run was planned at, which the branch may not have any more. */
  readonly planned: () => Promise<VersionLock>;
}

/**
 * Names of services not to be touched. A release of the whole platform moves in one step or not at all, so there one superseded
 * service means all.
 */
export async function findSuperseded(
  record: ReleaseRecord,
  { head, lock, planned }: BranchState,
  isAncestor: SourceRepository['isAncestor'],
): Promise<readonly string[]> {
  const names = record.services.map((service) => service.name);
  // The branch was rewound or rewritten meanwhile: what we built is not part of it any more.
  if (!(await isAncestor(record.commit, head))) return names;

  const atPlan = await planned();
  const isOld = record.services.map(async (service): Promise<boolean> => {
    const there = lock.get(service.name);
    if (there === undefined || (there.version === service.version && there.digest === service.digest)) return false;
    const before = atPlan.get(service.name);
    if (record.action === 'rollback') return hasMoved(before, there);
    return (await isNewer(there, service, record.action, isAncestor)) || wentBack(before, there, isAncestor);
  });
  const answers = await Promise.all(isOld);
  const superseded = names.filter((_, index) => answers[index]);
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

/** Questions at a time; a git host on disk answers each with a process. */
const QUESTIONS_AT_ONCE = 8;

/** A run asks about few pairs of commits, of many services and at every try; what is an ancestor stays one. */
export function rememberAncestry(git: Pick<SourceRepository, 'isAncestor'>): SourceRepository['isAncestor'] {
  const limit = pLimit(QUESTIONS_AT_ONCE);
  const known = new Map<string, Promise<boolean>>();
  return (ancestor, descendant) => {
    const pair = `${ancestor} ${descendant}`;
    const answer = known.get(pair) ?? limit(() => git.isAncestor(ancestor, descendant));
    known.set(pair, answer);
    return answer;
  };
}
