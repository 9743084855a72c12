/** A limit on retries for all requests of a run together, so that faults never turn into a storm of requests. */

export interface RetryBudget {
  /** Takes one retry out; false if there is none left. */
  take(): boolean;
  /** A request succeeded: gives a tenth of a retry back, so that a long run can bear more faults than a short one. */
  succeeded(): void;
}

const PAID_BACK = 0.1;

/** A budget of `retries`, which it never exceeds. */
export function createRetryBudget(retries: number): RetryBudget {
  let left = retries;
  return {
    take: () => {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    succeeded: () => {
      left = Math.min(retries, left + PAID_BACK);
    },
  };
}
