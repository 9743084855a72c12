/** One place for the number of generated cases of slow property tests. */

const SMALLEST = 20;

/** Returns `all` if PROPERTY_RUNS is `all`, as in `.ci/run`; otherwise a quarter of it, but at least 20. */
export function runs(all: number): number {
  return process.env.PROPERTY_RUNS === 'all' ? all : Math.min(all, Math.max(SMALLEST, Math.ceil(all / 4)));
}
