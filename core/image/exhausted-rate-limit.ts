/** Registries that count pulls, as Docker Hub does: what is left is said with every reply, so that nobody has to run into the limit. */

const MINUTE = 60;

const HOUR = 60 * MINUTE;

/** Why `needed` more pulls cannot be made, for people; undefined if they can, or the registry counts none. */
export function tooFewPulls(host: string, needed: number, limit: PullLimit | undefined): string | undefined {
  const remaining = limit?.remaining;
  if (remaining === undefined || needed <= remaining) return undefined;
  const all = limit?.limit === undefined ? '' : ` of ${limit.limit}`;
  const when =
    limit?.windowSeconds === undefined ? '' : `; the limit renews within ${printWindow(limit.windowSeconds)}`;
  return `${host} allows ${remaining} more pulls${all}, and ${needed} are needed${when}; log in, as a user who may do more if you are logged in, or start the run again then`;
}

/** A time after which a limit starts anew: `6 h`. */
export function printWindow(seconds: number): string {
  if (seconds >= HOUR) return `${Math.ceil(seconds / HOUR)} h`;
  return seconds >= MINUTE ? `${Math.ceil(seconds / MINUTE)} min` : `${seconds} s`;
}

// How many base images may still be pulled from Docker Hub.

/** What Docker Hub's headers say; both undefined if there is no limit. `windowSeconds` is the time after which it starts anew. */
export interface PullLimit {
  readonly limit?: number;
  readonly remaining?: number;
  readonly windowSeconds?: number;
  /** The user that the pulls count for, undefined if they count for this machine's address. */
  readonly user?: string;
}
