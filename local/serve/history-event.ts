/** History events of an execution, in the words of Step Functions. */
import type { StateEvent } from '../state-machine';
import type { ExecutionEnd } from './execution-record';

type Details = Readonly<Record<string, unknown>>;

/** An event before it has its number. `timestamp` is in milliseconds since 1970; at most one `...EventDetails` field. */
export interface HistoryEntry {
  readonly timestamp: number;
  readonly type: string;
  readonly details?: { readonly field: string; readonly value: Details };
}

/** The first event. */
export function startedEntry(input: string, timestamp: number): HistoryEntry {
  const value = { input, inputDetails: WHOLE, roleArn: LOCAL_ROLE };
  return { timestamp, type: 'ExecutionStarted', details: { field: 'executionStartedEventDetails', value } };
}

/** The first event of an execution that is redriven. */
export function redrivenEntry(redriveCount: number, timestamp: number): HistoryEntry {
  const details = { field: 'executionRedrivenEventDetails', value: { redriveCount } };
  return { timestamp, type: 'ExecutionRedriven', details };
}

/** Nobody assumes it: there is no IAM on one machine. */
export const LOCAL_ROLE = 'arn:aws:iam::000000000000:role/local';
const WHOLE = { truncated: false };

/** The last event. */
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
 * What the interpreter tells, as Step Functions would tell it; undefined for what it would not. `resources` has the resource of each
 * Task state by the state's name. Not told, unlike in AWS: TaskScheduled, TaskStarted, MapStateStarted and the like.
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
 * An event of `GetExecutionHistory`. Events follow one another by number here; in AWS `previousEventId` also tells which branch an
 * event belongs to. Without execution data, inputs and outputs are left out.
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
