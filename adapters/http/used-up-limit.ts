/** A limit that is used up until its window ends: no try before then can end better. */
import { printWindow } from '../../core/image/pull-limit';
import type { HttpHeaders } from './http-request';

/**
 * What to tell a person whose limit is used up; undefined if the headers do not say so. Only a limit that names its window counts
 * (`ratelimit-remaining: 0;w=21600`, as Docker Hub counts pulls): git hosts send a bare number, and their limits soon renew.
 */
export function describeUsedUpLimit(headers: HttpHeaders): string | undefined {
  const seconds = /^0;\s*w=(\d{1,9})$/.exec(headers.get('ratelimit-remaining')?.trim() ?? '')?.[1];
  if (seconds === undefined) return undefined;
  const limit = /^(\d{1,9})(?:;|$)/.exec(headers.get('ratelimit-limit')?.trim() ?? '')?.[1];
  const all = limit === undefined ? '' : ` of ${limit}`;
  return `the limit${all} is used up and renews within ${printWindow(Number(seconds))}; log in, as a user who may do more if you are logged in, or wait`;
}
