/** CodeBuild's queue in an account that may run few builds at a time, in the time of `setTimeout`. */
import { QUEUED_PER_BUILD } from '../../../core/contract/job';

interface FakeBuildQueue {
  /** Resolves when the build has ended. Throws `CodeBuild.AccountLimitExceededException` if the queue is full. */
  build(minutes: number): Promise<object>;
  /** What the account has seen so far. */
  readonly seen: { started: number; refused: number; mostRunning: number; longestWaitMs: number };
}

/** Returns a queue that runs `quota` builds at a time. Queued builds start in random order, as they may on CodeBuild. */
export function createFakeBuildQueue(quota: number, random: () => number): FakeBuildQueue {
  const waiting: (() => void)[] = [];
  const seen = { started: 0, refused: 0, mostRunning: 0, longestWaitMs: 0 };
  let running = 0;

  const start = () => {
    running += 1;
    seen.started += 1;
    seen.mostRunning = Math.max(seen.mostRunning, running);
  };
  const end = () => {
    running -= 1;
    const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
    next?.();
  };
  return {
    seen,
    build: async (minutes) => {
      if (running === quota && waiting.length === quota * QUEUED_PER_BUILD) {
        seen.refused += 1;
        throw Object.assign(new Error(`Cannot have more than ${waiting.length} builds in queue for the account`), {
          name: 'CodeBuild.AccountLimitExceededException',
        });
      }
      const queuedAt = Date.now();
      if (running < quota) start();
      else {
        await new Promise<void>((resolve) => {
          waiting.push(() => {
            start();
            resolve();
          });
        });
      }
      seen.longestWaitMs = Math.max(seen.longestWaitMs, Date.now() - queuedAt);
      await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
      end();
      return { Build: { Id: 'b', Logs: { DeepLink: 'https://logs' } } };
    },
  };
}
