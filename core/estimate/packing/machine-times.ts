/** How long a machine takes that builds several images. */
import { MACHINE_SECONDS, ownSeconds } from '../job-range';

/** Builds at a time on a machine with several images. */
export const BUILDS_AT_ONCE = 2;

/**
 * Builds of two images at a time take this share of the time that they take one after the other: 0.25 to 0.33 of ten machines' seconds in
 * `npm run bench:builds`, on two cores that had other work (docs/figures.md). A medium machine of CodeBuild has four.
 */
export const SHARE_AT_ONCE = 0.76;

export interface MachineTimes {
  /** Minutes from the start of the machine to the end of its last build. */
  readonly minutes: number;
  /** The same if builds side by side are as slow as one after the other, which they never exceed. */
  readonly mostMinutes: number;
}

/** Returns the times of a machine whose images take these minutes on machines of their own. The minutes of one are its own. */
export function machineTimes(minutes: readonly number[]): MachineTimes {
  const [only = 0, ...others] = minutes;
  if (others.length === 0) return { minutes: only, mostMinutes: only };
  const own = minutes.map(ownSeconds);
  const inAll = own.reduce((sum, seconds) => sum + seconds, 0);
  return {
    minutes: (MACHINE_SECONDS + sideBySide(own)) / 60,
    mostMinutes: (MACHINE_SECONDS + inAll) / 60,
  };
}

/** Returns the time of builds on one machine, from their times alone. */
export function sideBySide(own: readonly number[]): number {
  if (own.length === 1) return own[0] ?? 0;
  return Math.max(...own, SHARE_AT_ONCE * own.reduce((sum, each) => sum + each, 0));
}
