/** Starts, observes and stops executions on one machine, by the rules of Step Functions for names. */
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { messageOf } from '../../core/contract/errors';
import type { Clock } from '../../core/ports/store';
import { FIRST_AFTER_COMMIT } from '../../lib/state-machine/rollout-states';
import type { ExecutionResult, StartRun, StateEvent } from '../runtime/state-machine';
import type { ExecutionEnd, ExecutionRecord, ExecutionStore } from './execution-store';
import { endedEntry, type HistoryEntry, historyEntry, redrivenEntry, startedEntry } from './execution-store';

/** Runs one execution to its end. */
export type RunExecution = (request: {
  readonly name: string;
  readonly input: unknown;
  readonly redrives: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StateEvent) => void;
  readonly startRun: StartRun;
}) => Promise<ExecutionResult>;

export interface ExecutionsOptions {
  readonly store: ExecutionStore;
  readonly run: RunExecution;
  /** Resources of Task states by the states' names. */
  readonly resources: ReadonlyMap<string, string>;
  readonly clock: Pick<Clock, 'now'>;
}

/** The executions of one home. */
export interface Executions {
  /** Returns the execution, or `taken` if the name belongs to one with another input or one that has ended. `input` is JSON. */
  start(name: string, input: string): Promise<ExecutionRecord | 'taken'>;
  /** Starts one that did not succeed again under its name; returns undefined if there is none to redrive. */
  redrive(name: string): Promise<ExecutionRecord | undefined>;
  find(name: string): ExecutionRecord | undefined;
  /** Returns the newest first. */
  list(): readonly ExecutionRecord[];
  /** Stops it if it runs, and returns it. As in AWS, a step may finish a write that it has begun. */
  stop(name: string, reason: Pick<ExecutionEnd, 'error' | 'cause'>): Promise<ExecutionRecord | undefined>;
  history(name: string): Promise<readonly HistoryEntry[]>;
  /** Stops all that run, and waits 5 s at most until they have ended. */
  close(): Promise<void>;
}

/**
 * Builds of several runs share the machine, and more of them would slow each other down. Others wait as `RUNNING`. What follows the commit
 * of a run costs nothing and may take a day, so that it does not count.
 */
const AT_A_TIME = 2;

/** A step that does not react to a stop must not keep the process alive; in ms. */
const ENDS_WITHIN = 5000;

const INTERRUPTED = {
  status: 'ABORTED',
  error: 'Interrupted',
  cause: 'the local pipeline ended while the run was in progress; start it again, finished builds are kept',
} as const;

/** Loads the stored executions. Those that ran when the process ended are `ABORTED`. */
export async function openExecutions({ store, run, resources, clock }: ExecutionsOptions): Promise<Executions> {
  const records = new Map<string, ExecutionRecord>();
  const saved = new Map<string, Promise<void>>();
  const running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  const limit = pLimit(AT_A_TIME);

  function save(record: ExecutionRecord): Promise<void> {
    records.set(record.name, record);
    const done = store.save(record);
    saved.set(record.name, done);
    return done;
  }

  async function end(name: string, ending: ExecutionEnd): Promise<void> {
    const record = records.get(name);
    if (record?.status !== 'RUNNING') return;
    const stoppedAt = clock.now();
    store.append(name, endedEntry(ending, stoppedAt));
    await save({ ...record, ...ending, stoppedAt });
  }

  async function execute(
    { name, input, redrives = 0 }: ExecutionRecord,
    signal: AbortSignal,
    free: () => void,
  ): Promise<void> {
    if (signal.aborted) return;
    const onEvent = (event: StateEvent) => {
      if (event.type === 'StateEntered' && event.state?.name === FIRST_AFTER_COMMIT) free();
      const entry = historyEntry(event, resources);
      if (entry !== undefined && records.get(name)?.status === 'RUNNING') store.append(name, entry);
    };
    await end(name, await resultOf(run({ name, input: JSON.parse(input), redrives, signal, onEvent, startRun })));
  }

  /** Starts a run that another run asks for. The end of one that is waited for is that of its execution. */
  const startRun: StartRun = async ({ name, input, wait }, signal) => {
    const started = await start(name, JSON.stringify(input));
    if (started === 'taken') return 'taken';
    if (!wait) return 'started';
    const stopped = () => void stop(name, INTERRUPTED);
    signal?.addEventListener('abort', stopped, { once: true });
    await running.get(name)?.done.catch(() => undefined);
    signal?.removeEventListener('abort', stopped);
    const ended: ExecutionRecord | undefined = records.get(name);
    if (ended?.status === 'SUCCEEDED') return { status: 'SUCCEEDED', output: JSON.parse(ended.output ?? 'null') };
    const { error = INTERRUPTED.error, cause = INTERRUPTED.cause } = ended ?? {};
    return { status: 'FAILED', error, cause };
  };

  /** Does the work in its turn. The turn ends with the work, or before it when the work says so. */
  async function inTurn(work: (free: () => void) => Promise<void>): Promise<void> {
    let done: Promise<void> = Promise.resolve();
    await limit(
      () =>
        new Promise<void>((free) => {
          done = work(free).finally(free);
          done.catch(() => undefined);
        }),
    );
    await done;
  }

  async function start(name: string, input: string): Promise<ExecutionRecord | 'taken'> {
    const earlier = records.get(name);
    if (earlier !== undefined) {
      if (earlier.status !== 'RUNNING' || earlier.input !== input) return 'taken';
      await saved.get(name);
      return earlier;
    }
    const record: ExecutionRecord = { name, input, status: 'RUNNING', startedAt: clock.now() };
    return launch(record, startedEntry(input, record.startedAt));
  }

  async function redrive(name: string): Promise<ExecutionRecord | undefined> {
    const { input, status, startedAt, redrives = 0 } = records.get(name) ?? {};
    if (input === undefined || startedAt === undefined || status === 'RUNNING' || status === 'SUCCEEDED') {
      return undefined;
    }
    // A step that had begun when the run was stopped has to end first.
    await running.get(name)?.done.catch(() => undefined);
    const record: ExecutionRecord = { name, input, status: 'RUNNING', startedAt, redrives: redrives + 1 };
    return launch(record, redrivenEntry(redrives + 1, clock.now()));
  }

  async function launch(record: ExecutionRecord, first: HistoryEntry): Promise<ExecutionRecord> {
    const { name } = record;
    const stop = new AbortController();
    const saving = save(record);
    store.append(name, first);
    const done = saving
      .then(() => inTurn((free) => execute(record, stop.signal, free)))
      .finally(() => running.delete(name));
    // It fails only if the disk does. The record then says RUNNING until the process starts again.
    done.catch(() => undefined);
    running.set(name, { stop, done });
    await saving;
    return record;
  }

  async function stop(
    name: string,
    reason: Pick<ExecutionEnd, 'error' | 'cause'>,
  ): Promise<ExecutionRecord | undefined> {
    await end(name, { status: 'ABORTED', ...reason });
    running.get(name)?.stop.abort();
    return records.get(name);
  }

  for (const record of await store.load()) records.set(record.name, record);
  for (const { name, status } of [...records.values()]) if (status === 'RUNNING') await end(name, INTERRUPTED);
  return {
    start,
    redrive,
    stop,
    find: (name) => records.get(name),
    list: () => [...records.values()].reverse().sort((one, other) => other.startedAt - one.startedAt),
    history: store.history,
    close: async () => {
      const open = [...running];
      await Promise.all(open.map(([name]) => stop(name, INTERRUPTED)));
      const ended = Promise.allSettled(open.map(([, { done }]) => done));
      await Promise.race([ended, sleep(ENDS_WITHIN, undefined, { ref: false })]);
    },
  };
}

async function resultOf(running: Promise<ExecutionResult>): Promise<ExecutionEnd> {
  try {
    const result = await running;
    if (result.status === 'SUCCEEDED') return { status: 'SUCCEEDED', output: JSON.stringify(result.output) };
    return result;
  } catch (error) {
    // The runtime failed, not the run.
    return { status: 'FAILED', error: 'States.Runtime', cause: messageOf(error) };
  }
}
