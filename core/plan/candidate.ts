/** Under which tag a service's candidate is built and found again. */
import { createHash } from 'node:crypto';
import { candidateTag } from '../keys';

/**
 * The candidate's tag. A rebuild that a strategy forces for a version gets a key of its own, so that the same release started
 * again finds what it already built instead of building it anew.
 */
export function candidateTagFor(service: string, inputDigest: string, forcedFor?: string): string {
  if (forcedFor === undefined) return candidateTag(service, inputDigest);
  const key = createHash('sha256').update(`${inputDigest}\0forced\0${forcedFor}`).digest('hex').slice(0, 40);
  return candidateTag(service, key);
}
