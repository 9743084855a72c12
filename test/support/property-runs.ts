/** One place for the number of generated cases of slow property tests. */

const SMALLEST = 20;

/** Returns `all` if TESTS is `all`, as in `.ci/run`, 20 if it is `few`, as for mutants; otherwise a quarter, but at least 20. */
export function runs(all: number): number {
  if (process.env.TESTS === 'few') return Math.min(all, SMALLEST);
  return process.env.TESTS === 'all' ? all : Math.min(all, Math.max(SMALLEST, Math.ceil(all / 4)));
}
