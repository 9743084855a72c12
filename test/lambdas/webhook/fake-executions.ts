/** A state machine service in memory, with the rules of Step Functions for names. */

import type { ExecutionInput } from '../../../core/contract/run-input';
import type { ExecutionLister, ExecutionStarter, ExecutionStatus } from '../../../core/ports/runs';

export interface FakeExecutions extends ExecutionStarter, ExecutionLister {
  /** Names of the runs that were really started, in order. */
  readonly started: string[];
  /** Calls of `start`, whatever became of them. */
  calls(): number;
  end(name: string, status: ExecutionStatus): void;
  /** Says when a run began, in ms since 1970; by default at `NOW`. */
  began(name: string, startedAt: number): void;
  /** Pages of the list of runs that were asked for. */
  pagesRead(): number;
  /** The next calls of `start` fail: before anything happened, or after the run was started (the reply is lost). */
  breakStart(when: 'before' | 'after', times: number): void;
}

/** Step Functions lists so many at a time. */
const PER_PAGE = 1000;
/** When runs begin, in ms since 1970: after every push of the tests that tells its time, unless they say otherwise. */
const NOW = 1_760_000_000_000;

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
    runs.set(name, { input: text, status: 'RUNNING', startedAt: NOW });
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
