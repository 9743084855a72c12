/** Time on this machine: the clock port, and a limit for slow work. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../core/ports/store';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds) => {
    await wait(milliseconds);
  },
};

/** Returns the result of `work`, or `late` if it takes longer. The work itself is not stopped. */
export async function withTimeout<Result>(work: Promise<Result>, milliseconds: number, late: Result): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Result>((fulfil) => {
    timer = setTimeout(() => fulfil(late), milliseconds);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
