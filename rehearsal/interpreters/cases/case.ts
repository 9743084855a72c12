/** A case: a state machine, with the outcome that the Amazon States Language specifies. */

type States = Readonly<Record<string, object>>;

/** The end of a run. Outputs are compared as a whole, errors by name. */
export type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED'; readonly error: string };

export interface Case {
  readonly name: string;
  readonly states: States;
  readonly input?: unknown;
  /** The items in the object that a Distributed Map reads. */
  readonly stored?: readonly unknown[];
  /** True if the run is redriven after it has failed. The outcome is that of the redriven run. */
  readonly redriven?: boolean;
  /** The outcome that the language or Step Functions' developer guide specifies. */
  readonly spec: Outcome;
  /** The known differences of an interpreter. */
  readonly differs?: { readonly local?: Known; readonly emulator?: Known };
}

/** An outcome that differs from the specification. */
interface Known {
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Replaced by the function's ARN on the emulator. */
export const TASK_FUNCTION = 'local:task';
/** The bucket of the items, on the emulator. */
export const ITEMS_BUCKET = 'local-items';
/** The key of the items. */
export const ITEMS_KEY = 'items.json';

/** Returns a task that invokes the function; its result is `{ value }`. */
export const task = (payload: object, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: TASK_FUNCTION, Payload: payload },
  ResultSelector: { 'value.$': '$.Payload' },
  ...more,
});
/** Returns a task that passes its token to the function and waits for the answer. */
export const waiting = (payload: object, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: { FunctionName: TASK_FUNCTION, Payload: { 'token.$': '$$.Task.Token', ...payload } },
  ...more,
});
/** Returns the fields that make a state continue in `caught` after one of the errors. */
export const caught = (errors: readonly string[], path?: string) => ({
  Catch: [{ ErrorEquals: errors, Next: 'caught', ...(path === undefined ? {} : { ResultPath: path }) }],
  End: true,
});
/** A state that ends the run as succeeded. */
export const done = { Type: 'Succeed' };
/** A state that returns only the name of the error that was caught. */
export const onlyError = { Type: 'Pass', Parameters: { 'error.$': '$.Error' }, End: true };
/** Returns a Map over `$.items` that starts with the first of the states. */
export const map = (states: States, more: object = {}) => ({
  Type: 'Map',
  ItemsPath: '$.items',
  ItemProcessor: { StartAt: Object.keys(states)[0], States: states },
  End: true,
  ...more,
});
/** Returns the outcome of a run that ends with the output. */
export const succeeds = (output: unknown): Outcome => ({ status: 'SUCCEEDED', output });
/** Returns the outcome of a run that fails with an error of this name. */
export const fails = (error: string): Outcome => ({ status: 'FAILED', error });
