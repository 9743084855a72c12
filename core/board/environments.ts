/** Services by environments: versions, ages, differences between neighbours, and what is not released yet. */
import type { Plan } from '../contract/plan';
import { present } from '../text/present';
import type { LockEntry, VersionLock } from '../version/version-lock';
import { byName } from './words';

/** An environment on a branch that has a version lock of it. `head` is the branch's commit. */
export interface EnvironmentState {
  readonly environment: string;
  readonly branch: string;
  readonly head?: string;
  readonly lock: VersionLock;
  /** The last release: when it was committed, in ms since 1970, and its run. */
  readonly changedAt?: number;
  readonly lastRun?: string;
  readonly needsApproval: boolean;
  readonly allows: readonly Plan['action'][];
  /** The reason if there is no lock. */
  readonly problem?: string;
}

/** A version of a service in an environment. `changedAt` is when it came there, in ms since 1970. */
export interface Cell extends Pick<LockEntry, 'version' | 'digest' | 'source' | 'built'> {
  readonly changedAt?: number;
  /** True if the neighbour to the left has another image. */
  readonly isDrift: boolean;
}

export interface ServiceVersions {
  readonly service: string;
  /** One for each environment; undefined where the service was never released. */
  readonly cells: readonly (Cell | undefined)[];
}

/** When a service got its version in a lock: by environment and service, in ms since 1970. */
export type VersionTimes = (state: EnvironmentState, service: string) => number | undefined;

/** Returns a row for each service that any of the environments has. */
export function versionMatrix(states: readonly EnvironmentState[], timeOf: VersionTimes): readonly ServiceVersions[] {
  const names = [...new Set(states.flatMap(({ lock }) => [...lock.keys()]))].sort(byName);
  return names.map((service) => ({
    service,
    cells: states.map((state, index) => {
      const entry = state.lock.get(service);
      if (entry === undefined) return undefined;
      const { version, digest, source, built } = entry;
      const left = index === 0 ? undefined : states[index - 1]?.lock.get(service);
      const dates = present({ built, changedAt: timeOf(state, service) });
      return { version, digest, source, ...dates, isDrift: index > 0 && left?.digest !== digest };
    }),
  }));
}

/** The changes that a promotion from one environment to the next one would make. */
export interface Promotion {
  readonly from: EnvironmentState;
  readonly to: EnvironmentState;
  readonly moves: readonly { readonly service: string; readonly from: string; readonly to?: string }[];
}

/** Returns the promotions between neighbouring environments of different names, with the services whose images differ. */
export function promotions(states: readonly EnvironmentState[]): readonly Promotion[] {
  return states.flatMap((to, index) => {
    const from = states.slice(0, index).findLast(({ environment }) => environment !== to.environment);
    if (from === undefined) return [];
    const moves = [...from.lock].flatMap(([service, entry]) => {
      const there = to.lock.get(service);
      if (there?.digest === entry.digest) return [];
      return [{ service, from: entry.version, ...present({ to: there?.version }) }];
    });
    return [{ from, to, moves }];
  });
}

/** Returns the version that most services of the lock have, undefined for an empty lock. */
export function mainVersion(lock: VersionLock): string | undefined {
  return mostUsed(lock, 'version')[0];
}

/** Returns the source commits of the lock, most services first. */
export function sourcesOf(lock: VersionLock): readonly string[] {
  return mostUsed(lock, 'source');
}

function mostUsed(lock: VersionLock, field: 'version' | 'source'): readonly string[] {
  const counts = new Map<string, number>();
  for (const entry of lock.values()) counts.set(entry[field], (counts.get(entry[field]) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([value]) => value);
}
