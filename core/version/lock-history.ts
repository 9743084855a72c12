/** Looks for what was released earlier, in the states that the version lock had on a branch. */

import { readTrailers } from './commit-message';
import type { LockEntry, VersionLock } from './version-lock';

/** A commit that changed the version lock, and the lock as it was from then on. */
export interface LockRevision {
  readonly commit: string;
  readonly lock: VersionLock;
}

/** What is looked for: services as they were at `version`, or without it as they are now. */
export interface RecordSearch {
  readonly version?: string;
  /** The services that are wanted; undefined means a whole release. */
  readonly services?: readonly string[];
  /** The services of the catalog that share the platform version. */
  readonly platform: readonly string[];
}

/** Records by service. */
export type FoundRecords = ReadonlyMap<string, LockEntry>;

/**
 * The records that are known of what is looked for: of named services those that were found, of a whole release all that it had or
 * none. `revisions` are the newest first; `isWhole` is false if there may be older ones.
 */
export function findRecords(
  revisions: readonly LockRevision[],
  { version, services, platform }: RecordSearch,
  isWhole: boolean,
): FoundRecords {
  const release = version === undefined ? revisions[0]?.lock : releaseOf(revisions, version, platform, isWhole)?.lock;
  if (services === undefined) return release ?? new Map();
  return new Map(
    services.flatMap((name) => {
      const record = release?.get(name) ?? (version === undefined ? undefined : recordOf(revisions, name, version));
      return record === undefined ? [] : [[name, record] as const];
    }),
  );
}

/** The newest state at which a service had the version. */
function recordOf(revisions: readonly LockRevision[], name: string, version: string): LockEntry | undefined {
  return revisions.map(({ lock }) => lock.get(name)).find((entry) => entry?.version === version);
}

/** The newest commit that brought the platform to the version: before it, not all of the platform was at it. */
function releaseOf(
  revisions: readonly LockRevision[],
  version: string,
  platform: readonly string[],
  isWhole: boolean,
): LockRevision | undefined {
  const isThere = revisions.map(({ lock }) => isAt(lock, version, platform));
  return revisions.find((_, index) => {
    const isOldest = index === revisions.length - 1;
    return isThere[index] === true && (isOldest ? isWhole : isThere[index + 1] === false);
  });
}

function isAt(lock: VersionLock, version: string, platform: readonly string[]): boolean {
  const versions = platform.flatMap((name) => lock.get(name)?.version ?? []);
  return versions.length > 0 && versions.every((each) => each === version);
}

// The history of versions, out of the states that a version lock had: when a service got which image under which name, and by which run.

/** A commit that changed a version lock. */
export interface LockState {
  readonly commit: string;
  /** The states that it was made from; those of a merge are several. */
  readonly parents: readonly string[];
  readonly message: string;
  /** In ms since 1970. */
  readonly committedAt: number;
  readonly lock: VersionLock;
}

/** A service got a version, or got it back. */
export interface VersionEvent extends LockEntry {
  readonly service: string;
  /** The commit that moved the values file. */
  readonly commit: string;
  readonly committedAt: number;
  /** The run that made the commit; undefined if a person did. */
  readonly run?: string;
  /** The release that a rollback went back to. */
  readonly rollbackTo?: string;
}

/**
 * What each state has that none of those before it had, in the order of the states, services by name. A merge that only brings two
 * histories together is no event.
 */
export function versionEvents(states: readonly LockState[]): readonly VersionEvent[] {
  const locks = new Map(states.map(({ commit, lock }) => [commit, lock]));
  return states.flatMap((state) => {
    const before = state.parents.map((parent) => locks.get(parent));
    const trailers = readTrailers(state.message);
    return [...state.lock]
      .filter(([service, entry]) => !before.some((lock) => isSame(lock?.get(service), entry)))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([service, entry]) => ({
        service,
        ...entry,
        commit: state.commit,
        committedAt: state.committedAt,
        ...(trailers === undefined ? {} : { run: trailers.run }),
        ...(trailers?.rollbackTo === undefined ? {} : { rollbackTo: trailers.rollbackTo }),
      }));
  });
}

function isSame(one: LockEntry | undefined, other: LockEntry): boolean {
  return one?.version === other.version && one.digest === other.digest;
}
