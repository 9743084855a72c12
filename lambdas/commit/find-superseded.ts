/** What a run leaves as it is on the branch, because a later release, a rollback or a rewind came before it. */
import pLimit from 'p-limit';
import type { CommitResult, ReleasedService, ReleaseRecord } from '../../core/contract/release';
import type { Action } from '../../core/contract/run-input';
import type { SourceRepository, ValuesGit } from '../../core/ports/git';
import { runOf } from '../../core/version/commit-message';
import { compareVersions, parseVersion } from '../../core/version/version';
import type { LockEntry, VersionLock } from '../../core/version/version-lock';
import { parseVersionLock } from '../../core/version/version-lock';

/** The current state of the branch. */
export interface BranchState {
  /** True if the branch does not contain any more what the run was planned at. */
  readonly isRewound: boolean;
  readonly lock: VersionLock;
  /** Reads the version lock at the commit that the run was planned at. The branch may not contain that commit any more. */
  readonly planned: () => Promise<VersionLock>;
}

/** The services to leave as they are, and why. */
export type Superseded = Pick<CommitResult, 'superseded' | 'supersededBy'>;

/**
 * Returns the services that the run must not commit: the branch has a later release of them, or no longer has the run's commit. A release of the whole platform is committed as a whole, so that one superseded service supersedes
 * all. A run is undone service by service.
 */
export async function findSuperseded(
  record: ReleaseRecord,
  { isRewound, lock, planned }: BranchState,
  isAncestor: SourceRepository['isAncestor'],
): Promise<Superseded> {
  const names = record.services.map((service) => service.name);
  if (isRewound) return { superseded: names, supersededBy: 'rewind' };

  const atPlan = await planned();
  const isOld = record.services.map(async (service): Promise<boolean> => {
    const current = lock.get(service.name);
    if (current === undefined || (current.version === service.version && current.digest === service.digest))
      return false;
    const before = atPlan.get(service.name);
    if (record.action === 'rollback') return hasChanged(before, current);
    return (await isNewer(current, service, record.action, isAncestor)) || wasRolledBack(before, current, isAncestor);
  });
  const answers = await Promise.all(isOld);
  const superseded = names.filter((_, index) => answers[index]);
  const isWhole = record.platformVersion !== undefined && record.rollbackOf === undefined;
  return byRelease(isWhole && superseded.length > 0 ? names : superseded);
}

/** Returns the services that a later release or rollback superseded. */
function byRelease(superseded: readonly string[]): Superseded {
  return { superseded, supersededBy: superseded.length === 0 ? null : 'release' };
}

/** A rollback undoes what a person saw when asking for it, and nothing later. */
function hasChanged(before: LockEntry | undefined, current: LockEntry): boolean {
  return before?.version !== current.version || before.digest !== current.digest;
}

/** One source commit may have several releases. A late push does not take back the version that a person gave. */
async function isNewer(
  current: LockEntry,
  service: ReleasedService,
  action: Action,
  isAncestor: SourceRepository['isAncestor'],
): Promise<boolean> {
  if (current.source !== service.source) return isAncestor(service.source, current.source);
  return action === 'push' && isBefore(service.version, current.version);
}

/** Returns true if a person rolled the service back after the run was planned. A late run must not undo that. */
async function wasRolledBack(
  before: LockEntry | undefined,
  current: LockEntry,
  isAncestor: SourceRepository['isAncestor'],
): Promise<boolean> {
  if (before === undefined) return false;
  if (before.source !== current.source) return isAncestor(current.source, before.source);
  return isBefore(current.version, before.version);
}

function isBefore(one: string, other: string): boolean {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  return a !== undefined && b !== undefined && compareVersions(a, b) < 0;
}

/** Lookups at a time; a git host on disk starts a process for each. */
const LOOKUPS_AT_ONCE = 8;

/** Caches `isAncestor`: a run asks for few pairs of commits, but for many services and at every try, and the answer never changes. */
export function rememberAncestry(git: Pick<SourceRepository, 'isAncestor'>): SourceRepository['isAncestor'] {
  const limit = pLimit(LOOKUPS_AT_ONCE);
  const known = new Map<string, Promise<boolean>>();
  return (ancestor, descendant) => {
    const pair = `${ancestor} ${descendant}`;
    const answer = known.get(pair) ?? limit(() => git.isAncestor(ancestor, descendant));
    known.set(pair, answer);
    return answer;
  };
}

/** The number of later commits to the version lock among which a run's own is searched. */
const SEARCHED_COMMITS = 100;

/**
 * Returns the result of the run's commit among the last ones up to `head`, or undefined if there is none. An answer can be lost, and a step can
 * run twice.
 */
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
