/** Looks up earlier releases in the history of the version lock on a branch. */
import { readTrailers } from './commit-message';
import type { LockEntry, VersionLock } from './version-lock';

/** A commit that changed the version lock, with the lock that it left. */
export interface LockRevision {
  readonly commit: string;
  readonly lock: VersionLock;
}

/** Services at `version`, or as they are now if no version is given. */
export interface RecordSearch {
  readonly version?: string;
  /** The services to look up; undefined means a whole release. */
  readonly services?: readonly string[];
  /** The services of the catalog that share the platform version. */
  readonly platform: readonly string[];
}

/** Lock entries by service. */
export type FoundRecords = ReadonlyMap<string, LockEntry>;

/**
 * Finds the recorded entries: of named services those that are known, of a whole release all of its entries or none. `revisions` are
 * in order, the newest first; `isWhole` is false if there may be older ones.
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

/** The newest entry in which a service has the version. */
function recordOf(revisions: readonly LockRevision[], name: string, version: string): LockEntry | undefined {
  return revisions.map(({ lock }) => lock.get(name)).find((entry) => entry?.version === version);
}

/** The newest commit that brought the whole platform to the version. Before it, some service was at another one. */
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

/** A commit that changed a version lock, for the history of versions. */
export interface LockState {
  readonly commit: string;
  /** The commits of the states before it; a merge has several. */
  readonly parents: readonly string[];
  readonly message: string;
  /** In ms since 1970. */
  readonly committedAt: number;
  readonly lock: VersionLock;
}

/** A commit gave a service a version, for the first time or again. */
export interface VersionEvent extends LockEntry {
  readonly service: string;
  /** The commit that updated the values file. */
  readonly commit: string;
  readonly committedAt: number;
  /** The run that made the commit; undefined if a person did. */
  readonly run?: string;
  /** The release that a rollback restored. */
  readonly rollbackTo?: string;
}

/**
 * Returns an event for each entry that none of the states before it has, in the order of the states, services by name. A merge that
 * only joins two histories gives no event.
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
