/** One case: a state machine, and what the Amazon States Language says of it. */

type States = Readonly<Record<string, object>>;

/** How a run ends. An output is compared as a whole, an error by its name. */
export type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED'; readonly error: string };

/** A state machine, its input, and how it must end. */
export interface Case {
  readonly name: string;
  readonly states: States;
  readonly input?: unknown;
  /** Items of the object that a Distributed Map reads. */
  readonly stored?: readonly unknown[];
  /** True if the run is redriven once it has failed; the outcome is that of the redriven run. */
  readonly redriven?: boolean;
  /** What the language, or Step Functions' developer guide, says. */
  readonly spec: Outcome;
  /** What an interpreter does otherwise, and why that is known to be wrong. */
  readonly differs?: { readonly local?: Known; readonly emulator?: Known };
}

/** An outcome that is known to be wrong. */
export interface Known {
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Replaced by the function's ARN on the emulator. */
export const TASK_FUNCTION = 'local:task';
/** Replaced by the bucket's name on the emulator. */
export const ITEMS_BUCKET = 'local-items';
/** Where a Distributed Map finds its items. */
export const ITEMS_KEY = 'items.json';

/** Returns a task that invokes the function; its result is `{ value }`. */
export const task = (payload: object, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: TASK_FUNCTION, Payload: payload },
  ResultSelector: { 'value.$': '$.Payload' },
  ...more,
});
/** Returns a task that hands a token to the function and waits for the answer. */
export const waiting = (payload: object, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: { FunctionName: TASK_FUNCTION, Payload: { 'token.$': '$$.Task.Token', ...payload } },
  ...more,
});
/** Returns what makes a state go on in `caught` after one of the errors. */
export const caught = (errors: readonly string[], path: string | undefined = undefined) => ({
  Catch: [{ ErrorEquals: errors, Next: 'caught', ...(path === undefined ? {} : { ResultPath: path }) }],
  End: true,
});
/** A state that ends the run well. */
export const done = { Type: 'Succeed' };
/** A state that gives on only the name of the error that was caught. */
export const onlyError = { Type: 'Pass', Parameters: { 'error.$': '$.Error' }, End: true };
/** Returns a Map over `$.items` that begins with the first of the states. */
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
