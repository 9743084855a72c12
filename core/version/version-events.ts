/** The history of versions, out of the states that a version lock had: when a service got which image under which name, and by which run. */
import { readTrailers } from './commit-trailers';
import type { LockEntry, VersionLock } from './version-lock';

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
