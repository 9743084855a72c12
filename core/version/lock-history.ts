/** Looks up earlier releases in the history of the version lock on a branch. */
import { readTrailers } from './commit-message';
import type { LockEntry, VersionLock } from './version-lock';

/** A commit that changed the version lock, with the lock that it left. */
export interface LockRevision {
  readonly commit: string;
  readonly lock: VersionLock;
  /** The run that made the commit; undefined if a person did. */
  readonly run?: string;
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

/** The last commit of a run, and the state of the lock before it. */
export interface CommitOfRun {
  readonly commit: string;
  readonly before: VersionLock;
  readonly after: VersionLock;
}

/** Finds the last commit of the run. Returns undefined if none is found, or if the state before it is not among the revisions. */
export function findCommitOfRun(
  revisions: readonly LockRevision[],
  run: string,
  isWhole: boolean,
): CommitOfRun | undefined {
  const index = revisions.findIndex((revision) => revision.run === run);
  const found = revisions[index];
  const before = revisions[index + 1]?.lock ?? (isWhole ? new Map() : undefined);
  return found === undefined || before === undefined ? undefined : { commit: found.commit, before, after: found.lock };
}

/** The effect of undoing a run. */
export interface Undo {
  /** Services with the entry that they had before the run. */
  readonly restored: VersionLock;
  /** Services that a newer run has changed since. */
  readonly newer: readonly string[];
  /** Services that had no release before the run. */
  readonly first: readonly string[];
}

/** Decides service by service what goes back. `current` is the lock as it is now. A service that is back already is restored again. */
export function undoRun({ before, after }: CommitOfRun, current: VersionLock): Undo {
  const changed = [...after].filter(([name, entry]) => !isSame(before.get(name), entry)).map(([name]) => name);
  const isUntouched = (name: string) =>
    [after, before].some((lock) => {
      const entry = lock.get(name);
      return entry !== undefined && isSame(current.get(name), entry);
    });
  const untouched = changed.filter(isUntouched);
  return {
    restored: new Map(
      untouched.flatMap((name) => {
        const entry = before.get(name);
        return entry === undefined ? [] : [[name, entry] as const];
      }),
    ),
    newer: changed.filter((name) => !isUntouched(name)),
    first: untouched.filter((name) => !before.has(name)),
  };
}

/** Returns the version that all entries share, or undefined if they share none. */
export function sharedVersion(entries: readonly LockEntry[]): string | undefined {
  const [first] = entries;
  return entries.every(({ version }) => version === first?.version) ? first?.version : undefined;
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
  /** The run that a rollback undid. */
  readonly rollbackOf?: string;
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
      .filter(([service, entry]) => !before.some((lock) => isRecorded(lock?.get(service), entry)))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([service, entry]) => ({
        service,
        ...entry,
        commit: state.commit,
        committedAt: state.committedAt,
        run: trailers?.run,
        rollbackTo: trailers?.rollbackTo,
        rollbackOf: trailers?.rollbackOf,
      }));
  });
}

/** An image of equal bytes can come from other inputs: that is a record of its own. */
function isRecorded(one: LockEntry | undefined, other: LockEntry): boolean {
  return isSame(one, other) && one?.inputDigest === other.inputDigest;
}

function isSame(one: LockEntry | undefined, other: LockEntry): boolean {
  return one?.version === other.version && one.digest === other.digest;
}
