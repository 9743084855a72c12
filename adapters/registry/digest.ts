/** Digests of content (OCI image-spec, "Digests"). */
import { createHash, type Hash } from 'node:crypto';

/** `sha256:...` of the bytes, or the digest by the algorithm of `like`. */
export function digestOf(bytes: Uint8Array, like = 'sha256:'): string {
  const algorithm = algorithmOf(like);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** A running hash by the algorithm of the digest. */
export function hashLike(digest: string): Hash {
  return createHash(algorithmOf(digest));
}

function algorithmOf(digest: string): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}
