/** Spreads calls over time, for hosts that allow so many a second. */
import type { Clock } from '../../core/ports/store';

/** A function that resolves when its caller may go on: at most `perSecond` callers a second, in the order in which they came. */
export function createRateLimiter(perSecond: number, clock: Clock): () => Promise<void> {
  const interval = 1000 / perSecond;
  let next = 0;
  return async () => {
    const now = clock.now();
    const mine = Math.max(now, next);
    next = mine + interval;
    if (mine > now) await clock.sleep(mine - now);
  };
}
