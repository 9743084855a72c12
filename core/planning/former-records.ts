/**
 * What an earlier version of this project recorded under the digests of its recipe. It stays valid: an upgrade builds nothing. A former digest
 * is made only if the present one is not found.
 */
import type { ServiceInputs } from '../input-digest/inputs';
import type { LockEntry, VersionLock } from '../version/version-lock';
import type { BaseVerdict } from './base-images';
import { contentKeyOf } from './candidate';

type Digests = Pick<ServiceInputs, 'inputDigest' | 'former'>;

/** Returns true if the digest is that of these inputs, by the present recipe or the former one. */
export function isDigestOf(inputs: Digests, digest: string): boolean {
  return inputs.inputDigest === digest || inputs.former?.inputDigest === digest;
}

/** Returns the lock with the present digest in each record that has a former digest of the same inputs. */
export function recognizeFormer(lock: VersionLock, inputs: ReadonlyMap<string, ServiceInputs>): VersionLock {
  return new Map(
    [...lock].map(([name, entry]): [string, LockEntry] => {
      const now = inputs.get(name);
      const isKnown = now !== undefined && isDigestOf(now, entry.inputDigest);
      return [name, isKnown ? { ...entry, inputDigest: now.inputDigest } : entry];
    }),
  );
}

/** Returns the content key by the former recipe; undefined if that recipe makes other images. */
export function formerContentKey(
  { inputDigest, former }: Digests,
  { contentKey, bases }: Pick<BaseVerdict, 'contentKey' | 'bases'>,
): string | undefined {
  if (former === undefined) return undefined;
  return contentKey === inputDigest ? former.inputDigest : contentKeyOf(former.inputDigest, bases);
}
