/** The keys under which a service's image is built and found again, and the age of a candidate that a plan may rely on. */
import { createHash } from 'node:crypto';
import { type BaseDigests, CANDIDATE_DAYS } from '../contract/image';
import { candidateTag } from '../contract/keys';

/**
 * Returns the candidate's tag. `rebuild` names a rebuild of content that exists already. It gets its own tag, so that only runs that need
 * this rebuild find it.
 */
export function candidateTagFor(service: string, contentKey: string, rebuild?: string): string {
  return candidateTag(service, rebuild === undefined ? contentKey : hash(`${contentKey}\0${rebuild}`));
}

/** Returns the key of an image on these base images: 40 hex digits, or the input digest itself if there are none. */
export function contentKeyOf(inputDigest: string, bases: BaseDigests): string {
  const names = Object.keys(bases).sort();
  if (names.length === 0) return inputDigest;
  return hash([inputDigest, 'bases', ...names.flatMap((name) => [name, bases[name] ?? ''])].join('\0'));
}

/** Returns the name of a rebuild that a strategy forces for a version. */
export function forcedRebuild(version: string): string {
  return `forced\0${version}`;
}

/** A run's own limit without approvals (`RUN_LIMIT` of the state machine), in hours. */
const RUN_HOURS = 48;

const HOUR = 60 * 60 * 1000;

/**
 * Returns true if a candidate may expire before the run releases it. `builtAt` is ISO 8601, `now` in ms since 1970, `approvalHours` the
 * longest wait for an approval. An unknown age is trusted.
 */
export function isExpiring(builtAt: string | undefined, now: number, approvalHours: number): boolean {
  if (builtAt === undefined) return false;
  const expiry = Date.parse(builtAt) + CANDIDATE_DAYS * 24 * HOUR;
  return expiry < now + (RUN_HOURS + approvalHours) * HOUR;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}
