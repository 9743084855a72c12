/** A fake of Step Functions in memory, with its rules for execution names. */

import type { ExecutionInput } from '../../../core/contract/run-input';
import type { ExecutionLister, ExecutionStarter, ExecutionStatus } from '../../../core/ports/runs';

export interface FakeExecutions extends ExecutionStarter, ExecutionLister {
  /** The names of the started runs, in order. */
  readonly started: string[];
  /** Returns the number of calls of `start`, failed ones included. */
  calls(): number;
  end(name: string, status: ExecutionStatus): void;
  /** Sets the start time of a run, in ms since 1970. The default is `STARTED_AT`. */
  began(name: string, startedAt: number): void;
  /** Returns the number of requested pages of the list of runs. */
  pagesRead(): number;
  /** Makes the next calls of `start` fail, before or after the run starts. `after` loses the reply. */
  breakStart(when: 'before' | 'after', times: number): void;
}

/** The page size of Step Functions' list of executions. */
const PER_PAGE = 1000;
/** The default start time of runs, in ms since 1970. It is later than every push time in the tests. */
const STARTED_AT = 1_760_000_000_000;

/** Returns a fake without runs. */
export function fakeExecutions(): FakeExecutions {
  const runs = new Map<string, { input: string; status: ExecutionStatus; startedAt: number }>();
  const started: string[] = [];
  let calls = 0;
  let pagesRead = 0;
  let broken: { when: 'before' | 'after'; times: number } | undefined;

  function start(name: string, input: ExecutionInput): 'started' | 'already' {
    const text = JSON.stringify(input);
    const earlier = runs.get(name);
    if (earlier !== undefined) return earlier.status === 'RUNNING' && earlier.input === text ? 'started' : 'already';
    runs.set(name, { input: text, status: 'RUNNING', startedAt: STARTED_AT });
    started.push(name);
    return 'started';
  }

  return {
    started,
    calls: () => calls,
    end: (name, status) => {
      const run = runs.get(name);
      if (run === undefined) throw new Error(`no run ${name}`);
      run.status = status;
    },
    began: (name, startedAt) => {
      const run = runs.get(name);
      if (run === undefined) throw new Error(`no run ${name}`);
      run.startedAt = startedAt;
    },
    breakStart: (when, times) => {
      broken = { when, times };
    },
    start: async ({ name, input }) => {
      calls += 1;
      if (broken === undefined || broken.times === 0) return start(name, input);
      broken.times -= 1;
      if (broken.when === 'after') start(name, input);
      throw new Error('throttled');
    },
    pages: async function* () {
      const known = [...runs].reverse().map(([name, { status, startedAt }]) => ({ name, status, startedAt }));
      for (let at = 0; at < Math.max(1, known.length); at += PER_PAGE) {
        pagesRead += 1;
        yield known.slice(at, at + PER_PAGE);
      }
    },
    pagesRead: () => pagesRead,
    find: async (name) => {
      const run = runs.get(name);
      return run === undefined ? undefined : { name, status: run.status, startedAt: run.startedAt };
    },
  };
}
