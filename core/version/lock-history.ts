/** Looks for what was released earlier, in the states that the version lock had on a branch. */
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
