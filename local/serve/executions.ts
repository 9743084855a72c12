/** Starts, follows and stops executions on one machine, with the rules of Step Functions for names. */
import pLimit from 'p-limit';
import { messageOf } from '../../core/contract/errors';
import type { Clock } from '../../core/ports/store';
import type { ExecutionResult, StateEvent } from '../runtime/state-machine';
import type { ExecutionEnd, ExecutionRecord, ExecutionStore } from './execution-store';
import { endedEntry, type HistoryEntry, historyEntry, redrivenEntry, startedEntry } from './execution-store';

/** Runs one execution to its end. */
export type RunExecution = (request: {
  readonly name: string;
  readonly input: unknown;
  readonly redrives: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StateEvent) => void;
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
  /** The execution, or `taken` if the name belongs to another one: of another input, or that has ended. `input` is JSON. */
  start(name: string, input: string): Promise<ExecutionRecord | 'taken'>;
  /** Begins one again that did not succeed, under its name; undefined if there is none to be redriven. */
  redrive(name: string): Promise<ExecutionRecord | undefined>;
  find(name: string): ExecutionRecord | undefined;
  /** The newest first. */
  list(): readonly ExecutionRecord[];
  /** Stops it, if it still runs; gives it as it then is. What a step has begun to write, it may still write, as in AWS. */
  stop(name: string, why: Pick<ExecutionEnd, 'error' | 'cause'>): Promise<ExecutionRecord | undefined>;
  history(name: string): Promise<readonly HistoryEntry[]>;
  /** Stops whatever runs and waits until it has ended. */
  close(): Promise<void>;
}

/** Builds of several runs share the machine; more at a time would make each of them slow. Others wait, and are `RUNNING`, too. */
const AT_A_TIME = 2;
const INTERRUPTED = {
  status: 'ABORTED',
  error: 'Interrupted',
  cause: 'the local pipeline was ended while the run was under way; start it again, what was built is kept',
} as const;

/** Loads what is stored. What was under way when the process ended is `ABORTED`. */
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

  async function end(name: string, how: ExecutionEnd): Promise<void> {
    const record = records.get(name);
    if (record?.status !== 'RUNNING') return;
    const stoppedAt = clock.now();
    store.append(name, endedEntry(how, stoppedAt));
    await save({ ...record, ...how, stoppedAt });
  }

  async function carryOut({ name, input, redrives = 0 }: ExecutionRecord, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const onEvent = (event: StateEvent) => {
      const entry = historyEntry(event, resources);
      if (entry !== undefined && records.get(name)?.status === 'RUNNING') store.append(name, entry);
    };
    await end(name, await resultOf(run({ name, input: JSON.parse(input), redrives, signal, onEvent })));
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
    if (input === undefined || startedAt === undefined || status === 'RUNNING' || status === 'SUCCEEDED')
      return undefined;
    // What a step had begun when the run was stopped has to end first.
    await running.get(name)?.done.catch(() => undefined);
    const record: ExecutionRecord = { name, input, status: 'RUNNING', startedAt, redrives: redrives + 1 };
    return launch(record, redrivenEntry(redrives + 1, clock.now()));
  }

  async function launch(record: ExecutionRecord, first: HistoryEntry): Promise<ExecutionRecord> {
    const { name } = record;
    const stop = new AbortController();
    const saving = save(record);
    store.append(name, first);
    const done = saving.then(() => limit(() => carryOut(record, stop.signal))).finally(() => running.delete(name));
    // Only a full or broken disk: the record says RUNNING, and the next start of the process mends it.
    done.catch(() => undefined);
    running.set(name, { stop, done });
    await saving;
    return record;
  }

  async function stop(name: string, why: Pick<ExecutionEnd, 'error' | 'cause'>): Promise<ExecutionRecord | undefined> {
    await end(name, { status: 'ABORTED', ...why });
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
      await Promise.allSettled(open.map(([, { done }]) => done));
    },
  };
}

async function resultOf(running: Promise<ExecutionResult>): Promise<ExecutionEnd> {
  try {
    const result = await running;
    if (result.status === 'SUCCEEDED') return { status: 'SUCCEEDED', output: JSON.stringify(result.output) };
    return result;
  } catch (error) {
    // Not of the run: the runtime itself could not do it.
    return { status: 'FAILED', error: 'States.Runtime', cause: messageOf(error) };
  }
}
