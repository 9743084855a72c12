/** Limits on pulls, as Docker Hub has: every reply tells how many are left, so that a release can stop before it exceeds them. */

/** The limit in Docker Hub's headers; the numbers are undefined if there is none. `windowSeconds` is the time after which it renews. */
export interface PullLimit {
  readonly limit?: number;
  readonly remaining?: number;
  readonly windowSeconds?: number;
  /** The user that the pulls are counted for; undefined if they are counted for this machine's address. */
  readonly user?: string;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Returns the reason why `needed` more pulls are not allowed; undefined if they are, or if the registry has no limit. */
export function tooFewPulls(host: string, needed: number, limit: PullLimit | undefined): string | undefined {
  const remaining = limit?.remaining;
  if (remaining === undefined || needed <= remaining) return undefined;
  const all = limit?.limit === undefined ? '' : ` of ${limit.limit}`;
  const when =
    limit?.windowSeconds === undefined ? '' : `; the limit renews within ${printWindow(limit.windowSeconds)}`;
  return `${host} allows ${remaining} more pulls${all}, and ${needed} are needed${when}; log in as a user with a higher limit, or start the run again after that time`;
}

/** Prints the time after which a limit renews, in seconds: `6 h`. */
export function printWindow(seconds: number): string {
  if (seconds >= HOUR) return `${Math.ceil(seconds / HOUR)} h`;
  return seconds >= MINUTE ? `${Math.ceil(seconds / MINUTE)} min` : `${seconds} s`;
}
