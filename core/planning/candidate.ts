/** Under which keys a service's image is built and found again. */
import { createHash } from 'node:crypto';
import type { BaseDigests } from '../contract/image';
import { candidateTag } from '../contract/keys';

/**
 * The candidate's tag. `key` is the content's key; `salt` names a rebuild of content that exists already, which thus gets a tag of its
 * own: what wanted it finds again what it built, and nothing else finds it or stands in for it.
 */
export function candidateTagFor(service: string, key: string, salt?: string): string {
  return candidateTag(service, salt === undefined ? key : hash(`${key}\0${salt}`));
}

/** The key of an image that is only right on top of these base images: 40 hex digits, the input digest itself if there are none. */
export function contentKeyOf(inputDigest: string, bases: BaseDigests): string {
  const names = Object.keys(bases).sort();
  if (names.length === 0) return inputDigest;
  return hash([inputDigest, 'bases', ...names.flatMap((name) => [name, bases[name] ?? ''])].join('\0'));
}

/** The salt of a rebuild that a strategy forces for a version. */
export function rebuildKey(version: string): string {
  return `forced\0${version}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}
