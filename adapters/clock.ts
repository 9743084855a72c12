/** The clock port on the machine's clock. */
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../core/ports/store';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds) => {
    await setTimeout(milliseconds);
  },
};
