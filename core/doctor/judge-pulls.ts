/** How many base images may still be pulled from Docker Hub. */
import { type Finding, ok, problem } from './finding';

/** What Docker Hub's headers say; both undefined if there is no limit. `windowSeconds` is the time after which it starts anew. */
export interface PullLimit {
  readonly limit?: number;
  readonly remaining?: number;
  readonly windowSeconds?: number;
  /** The user that the pulls count for, undefined if they count for this machine's address. */
  readonly user?: string;
}

/** Reads `100;w=21600`. Undefined for anything else. */
export function parseRateLimit(
  header: string | null,
): { readonly count: number; readonly windowSeconds: number } | undefined {
  const match = /^(\d+);\s*w=(\d+)$/.exec(header?.trim() ?? '');
  return match === null ? undefined : { count: Number(match[1]), windowSeconds: Number(match[2]) };
}

/** `wanted` is the number of images of a full build, each of which may pull a base image of its own. */
export function judgePulls({ limit, remaining, windowSeconds = 0, user }: PullLimit, wanted: number): Finding {
  const check = 'Docker Hub pulls';
  if (remaining === undefined) return ok(check, 'are not limited here');
  const whose = user === undefined ? "this machine's address" : user;
  const text = `${remaining} of ${limit ?? remaining} left for ${whose}, anew every ${Math.round(windowSeconds / 3600)} h; a full build needs up to ${wanted}`;
  return remaining >= wanted ? ok(check, text) : problem(check, text, 'docker login');
}
