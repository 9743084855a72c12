/** Executions on disk: a folder each, with its record and its history, which survive a restart. Events have the form of Step Functions. */
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { ifMissing } from '../../adapters/disk/missing';
import type { StateEvent } from '../runtime/state-machine';

export interface ExecutionStore {
  /** Returns all saved executions. */
  load(): Promise<readonly ExecutionRecord[]>;
  /** Records of one execution are saved in the order of the calls. */
  save(record: ExecutionRecord): Promise<void>;
  /** Adds an event to the history, in the order of the calls. */
  append(name: string, entry: HistoryEntry): void;
  /** Returns the events so far in order. Throws if one could not be written. */
  history(name: string): Promise<readonly HistoryEntry[]>;
}

/** Opens the executions below the folder. */
export function openExecutionStore(directory: string): ExecutionStore {
  /** The last write of each execution. */
  const writing = new Map<string, Promise<void>>();
  const folderOf = (name: string) => join(directory, name);

  function afterLastWrite(name: string, work: () => Promise<void>): Promise<void> {
    const done = (writing.get(name) ?? Promise.resolve()).then(work);
    writing.set(name, done);
    // A caller that awaits the write gets its failure. Until then it must not end the process.
    done.catch(() => undefined);
    return done;
  }

  return {
    load: async () => {
      const names = await foldersIn(directory);
      const records = await Promise.all(names.map((name) => readRecord(join(folderOf(name), RECORD))));
      return records.filter((record) => record !== undefined);
    },
    save: (record) =>
      afterLastWrite(record.name, () =>
        writeFileAtomically(join(folderOf(record.name), RECORD), `${JSON.stringify(record, null, 2)}\n`),
      ),
    append: (name, entry) => {
      void afterLastWrite(name, async () => {
        await mkdir(folderOf(name), { recursive: true });
        // The line feed comes first, so that a line after one that a kill cut off is complete.
        await appendFile(join(folderOf(name), HISTORY), `\n${JSON.stringify(entry)}`);
      });
    },
    history: async (name) => {
      await writing.get(name);
      return readHistory(join(folderOf(name), HISTORY));
    },
  };
}

const RECORD = 'execution.json';

const HISTORY = 'history.jsonl';

async function foldersIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(ifMissing([]));
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Returns undefined for a folder without a record, whose execution was never reported as started. */
async function readRecord(file: string): Promise<ExecutionRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(ifMissing(undefined));
  return text === undefined ? undefined : (JSON.parse(text) as ExecutionRecord);
}

/** Skips lines that a kill cut off. */
async function readHistory(file: string): Promise<readonly HistoryEntry[]> {
  return (await readFile(file, 'utf8')).split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as HistoryEntry];
    } catch {
      return [];
    }
  });
}

/** The one state machine of a home. Account and region do not exist in AWS. */
export const STATE_MACHINE_ARN = 'arn:aws:states:local-1:000000000000:stateMachine:ImagePipeline';

const EXECUTION_ARN_PREFIX = `${STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:`;

/** Times are milliseconds since 1970. `input` and `output` are JSON texts, as Step Functions has them. */
export interface ExecutionRecord {
  readonly name: string;
  readonly input: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  readonly startedAt: number;
  readonly stoppedAt?: number;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** The number of redrives. */
  readonly redrives?: number;
}

/** The end of an execution. */
export type ExecutionEnd = Pick<ExecutionRecord, 'output' | 'error' | 'cause'> & {
  readonly status: Exclude<ExecutionRecord['status'], 'RUNNING'>;
};

/** Returns the ARN of an execution. */
export function executionArn(name: string): string {
  return EXECUTION_ARN_PREFIX + name;
}

/** Returns the execution's name, or undefined for an ARN of another state machine. */
export function nameInArn(arn: string): string | undefined {
  return arn.startsWith(EXECUTION_ARN_PREFIX) ? arn.slice(EXECUTION_ARN_PREFIX.length) : undefined;
}

/**
 * Characters that names must not have: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 * The list includes lone surrogates, U+FFFE and U+FFFF.
 */
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\u{fffe}\u{ffff}\u{10ffff}\p{Cs}]/u;

/** Returns true for 1 to 80 allowed characters. Names are folder names here, so `.` and `..` are not allowed. */
export function isExecutionName(name: string): boolean {
  return name.length >= 1 && name.length <= 80 && !FORBIDDEN.test(name) && name !== '.' && name !== '..';
}

type Details = Readonly<Record<string, unknown>>;

/** An event without its number. `timestamp` is in ms since 1970; there is at most one field `...EventDetails`. */
export interface HistoryEntry {
  readonly timestamp: number;
  readonly type: string;
  readonly details?: { readonly field: string; readonly value: Details };
}

/** Returns the first event. */
export function startedEntry(input: string, timestamp: number): HistoryEntry {
  const value = { input, inputDetails: WHOLE, roleArn: LOCAL_ROLE };
  return { timestamp, type: 'ExecutionStarted', details: { field: 'executionStartedEventDetails', value } };
}

/** Returns the first event of a redriven execution. */
export function redrivenEntry(redriveCount: number, timestamp: number): HistoryEntry {
  const details = { field: 'executionRedrivenEventDetails', value: { redriveCount } };
  return { timestamp, type: 'ExecutionRedriven', details };
}

/** The role of all executions. There is no IAM on one machine. */
export const LOCAL_ROLE = 'arn:aws:iam::000000000000:role/local';

const WHOLE = { truncated: false };

/** Returns the last event. */
export function endedEntry({ status, output, error, cause }: ExecutionEnd, timestamp: number): HistoryEntry {
  if (status === 'SUCCEEDED') {
    const value = { output, outputDetails: WHOLE };
    return { timestamp, type: 'ExecutionSucceeded', details: { field: 'executionSucceededEventDetails', value } };
  }
  const [type, field] =
    status === 'FAILED'
      ? ['ExecutionFailed', 'executionFailedEventDetails']
      : ['ExecutionAborted', 'executionAbortedEventDetails'];
  return { timestamp, type, details: { field, value: { error, cause } } };
}

/**
 * Returns an event of the interpreter in the form of Step Functions, or undefined if it has none. `resources` has the resource of each Task
 * state by the state's name. Unlike AWS, there are no TaskScheduled, TaskStarted and MapStateStarted.
 */
export function historyEntry(event: StateEvent, resources: ReadonlyMap<string, string>): HistoryEntry | undefined {
  const { timestamp, type, state, parentState, index } = event;
  if (/^MapIteration(Started|Succeeded|Failed)$/.test(type) && parentState !== undefined) {
    const field = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
    return { timestamp, type, details: { field, value: { name: parentState.name, index } } };
  }
  if (state === undefined) return undefined;
  if (type === 'StateEntered') {
    const value = { name: state.name, input: JSON.stringify(state.input ?? null), inputDetails: WHOLE };
    return { timestamp, type: `${state.type}StateEntered`, details: { field: 'stateEnteredEventDetails', value } };
  }
  // A Fail state is never left.
  if (type === 'StateExited' && state.type !== 'Fail') {
    const value = { name: state.name, output: JSON.stringify(state.output ?? null), outputDetails: WHOLE };
    return { timestamp, type: `${state.type}StateExited`, details: { field: 'stateExitedEventDetails', value } };
  }
  return type === 'StateFailed' ? failedEntry(event, state, resources) : undefined;
}

function failedEntry(
  { timestamp, Error: error, Cause: cause }: StateEvent,
  { name, type }: { readonly name: string; readonly type: string },
  resources: ReadonlyMap<string, string>,
): HistoryEntry | undefined {
  if (type === 'Map' || type === 'Parallel') return { timestamp, type: `${type}StateFailed` };
  if (type !== 'Task') return undefined;
  const [resourceType = '', resource = ''] = (resources.get(name) ?? '').split(':').slice(-2);
  const value = { resourceType, resource, error, cause: typeof cause === 'string' ? cause : JSON.stringify(cause) };
  return { timestamp, type: 'TaskFailed', details: { field: 'taskFailedEventDetails', value } };
}

/**
 * Returns an event of `GetExecutionHistory`. `previousEventId` is the previous number; in AWS it also tells the branch of an event. Without
 * execution data, inputs and outputs are left out.
 */
export function historyEvent({ timestamp, type, details }: HistoryEntry, id: number, withData: boolean): Details {
  const { input, output, inputDetails, outputDetails, ...rest } = details?.value ?? {};
  const value = withData ? details?.value : rest;
  return {
    timestamp: timestamp / 1000,
    type,
    id,
    previousEventId: id - 1,
    ...(details === undefined ? {} : { [details.field]: value }),
  };
}
