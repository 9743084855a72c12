/** Object store, claims and clock in memory. */
import { buffer } from 'node:stream/consumers';
import type { Claim, Claims, Clock, ObjectStore } from '../../../core/ports/store';

export function createMemoryStore(): ObjectStore {
  const objects = new Map<string, Buffer>();
  return {
    get: async (key) => objects.get(key),
    put: async (key, body) => {
      objects.set(
        key,
        typeof body === 'string' ? Buffer.from(body) : Buffer.isBuffer(body) ? body : await buffer(body),
      );
    },
    exists: async (key) => objects.has(key),
    location: (key) => `memory/${key}`,
  };
}

export function createMemoryClaims(): Claims & { readonly claims: ReadonlyMap<string, Claim> } {
  const claims = new Map<string, Claim>();
  return {
    claims,
    claim: async (claim) => {
      const key = `${claim.image}:${claim.version}`;
      const standing = claims.get(key) ?? claim;
      claims.set(key, standing);
      return standing;
    },
    find: async (image, version) => claims.get(`${image}:${version}`),
  };
}

/** A clock that stands still and does not wait; it adds up what it was asked to wait, in ms. */
export function createStillClock(now = 0): Clock & { waited(): number } {
  let total = 0;
  return {
    now: () => now + total,
    sleep: async (milliseconds) => {
      total += milliseconds;
    },
    waited: () => total,
  };
}
