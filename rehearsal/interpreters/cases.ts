/** One table of state machines with what the Amazon States Language says of them: https://states-language.net/spec.html. */

type States = Readonly<Record<string, object>>;

/** How a run ends. An output is compared as a whole, an error by its name. */
export type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED'; readonly error: string };

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

export interface Known {
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Replaced by the function's ARN on the emulator. */
export const TASK_FUNCTION = 'local:task';
/** Replaced by the bucket's name on the emulator. */
export const ITEMS_BUCKET = 'local-items';
export const ITEMS_KEY = 'items.json';

const task = (payload: object, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: TASK_FUNCTION, Payload: payload },
  ResultSelector: { 'value.$': '$.Payload' },
  ...more,
});
const waiting = (payload: object, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: { FunctionName: TASK_FUNCTION, Payload: { 'token.$': '$$.Task.Token', ...payload } },
  ...more,
});
const caught = (errors: readonly string[], path: string | undefined = undefined) => ({
  Catch: [{ ErrorEquals: errors, Next: 'caught', ...(path === undefined ? {} : { ResultPath: path }) }],
  End: true,
});
const done = { Type: 'Succeed' };
const onlyError = { Type: 'Pass', Parameters: { 'error.$': '$.Error' }, End: true };
const map = (states: States, more: object = {}) => ({
  Type: 'Map',
  ItemsPath: '$.items',
  ItemProcessor: { StartAt: Object.keys(states)[0], States: states },
  End: true,
  ...more,
});
const succeeds = (output: unknown): Outcome => ({ status: 'SUCCEEDED', output });
const fails = (error: string): Outcome => ({ status: 'FAILED', error });

export const CASES: readonly Case[] = [
  {
    name: 'a task gives its payload on',
    states: { a: task({ returns: { x: 1 } }) },
    spec: succeeds({ value: { x: 1 } }),
  },
  {
    name: 'an error has the name that the function gave it',
    states: { a: task({ throws: 'Mine' }) },
    spec: fails('Mine'),
  },
  {
    name: 'a caught error is put where ResultPath says',
    states: {
      a: task({ throws: 'Mine' }, caught(['Mine'], '$.error')),
      caught: { Type: 'Pass', Parameters: { 'x.$': '$.x', 'error.$': '$.error.Error' }, End: true },
    },
    input: { x: 1 },
    spec: succeeds({ x: 1, error: 'Mine' }),
  },
  {
    name: 'the first catcher that names the error counts',
    states: {
      a: task(
        { throws: 'Mine' },
        {
          Catch: [
            { ErrorEquals: ['Other'], Next: 'other' },
            { ErrorEquals: ['States.ALL'], Next: 'caught' },
          ],
          End: true,
        },
      ),
      other: { Type: 'Fail', Error: 'Wrong' },
      caught: onlyError,
    },
    spec: succeeds({ error: 'Mine' }),
  },
  {
    name: 'a retrier tries again, and the task sees its count',
    states: {
      a: task(
        { returns: 'late', throwsBelow: 2, 'attempt.$': '$$.State.RetryCount' },
        { Retry: [{ ErrorEquals: ['TooEarly'], IntervalSeconds: 1, MaxAttempts: 2 }], End: true },
      ),
    },
    spec: succeeds({ value: 'late' }),
    differs: {
      local: {
        outcome: fails('States.Runtime'),
        reason: 'the context object of aws-local-stepfunctions has no RetryCount; no state of the pipeline reads it',
      },
    },
  },
  {
    name: 'no attempt is left after MaxAttempts',
    states: {
      a: task(
        { throws: 'Mine' },
        {
          Retry: [{ ErrorEquals: ['Mine'], IntervalSeconds: 1, MaxAttempts: 1 }],
          ...caught(['States.ALL']),
        },
      ),
      caught: onlyError,
    },
    spec: succeeds({ error: 'Mine' }),
  },
  {
    name: 'a task that is too slow ends with States.Timeout',
    states: { a: task({ waitMs: 3_000 }, { TimeoutSeconds: 1, ...caught(['States.Timeout']) }), caught: onlyError },
    spec: succeeds({ error: 'States.Timeout' }),
  },
  {
    name: 'States.TaskFailed does not catch States.Timeout',
    states: { a: task({ waitMs: 3_000 }, { TimeoutSeconds: 1, ...caught(['States.TaskFailed']) }), caught: done },
    spec: fails('States.Timeout'),
  },
  {
    name: 'an inline map gives results in the order of its items',
    states: { m: map({ a: task({ 'returns.$': '$' }) }, { MaxConcurrency: 2 }) },
    input: { items: [3, 1, 2] },
    spec: succeeds([{ value: 3 }, { value: 1 }, { value: 2 }]),
  },
  {
    name: 'ItemSelector sees the item and the state',
    states: {
      m: map(
        { a: { Type: 'Pass', End: true } },
        { ItemSelector: { 'item.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'run.$': '$.run' } },
      ),
    },
    input: { run: 'r', items: ['a', 'b'] },
    spec: succeeds([
      { item: 'a', index: 0, run: 'r' },
      { item: 'b', index: 1, run: 'r' },
    ]),
  },
  {
    name: 'an error that is caught within an item leaves the others alone',
    states: {
      m: map({ a: task({ 'throws.$': '$' }, caught(['Mine'])), caught: onlyError }),
    },
    input: { items: ['Mine', 'Mine'] },
    spec: succeeds([{ error: 'Mine' }, { error: 'Mine' }]),
  },
  {
    name: 'an error of an item fails the map, which can catch it',
    states: { m: map({ a: task({ throws: 'Mine' }) }, caught(['States.ALL'])), caught: onlyError },
    input: { items: [1] },
    spec: succeeds({ error: 'Mine' }),
  },
  {
    name: 'no items give no results',
    states: { m: map({ a: { Type: 'Pass', End: true } }) },
    input: { items: [] },
    spec: succeeds([]),
  },
  {
    name: 'a distributed map reads its items from the bucket',
    states: {
      m: {
        Type: 'Map',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON' },
          Parameters: { Bucket: ITEMS_BUCKET, Key: ITEMS_KEY },
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'a',
          States: { a: task({ 'returns.$': '$' }) },
        },
        MaxConcurrency: 2,
        Label: 'items',
        End: true,
      },
    },
    stored: ['a', 'b', 'c'],
    spec: succeeds([{ value: 'a' }, { value: 'b' }, { value: 'c' }]),
  },
  {
    name: 'branches run side by side, and ResultSelector sees the context',
    states: {
      p: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'a', States: { a: { Type: 'Pass', Result: 1, End: true } } },
          { StartAt: 'b', States: { b: { Type: 'Pass', Result: 2, End: true } } },
        ],
        ResultSelector: { 'both.$': 'States.Array($[0], $[1])', 'redrives.$': '$$.Execution.RedriveCount' },
        End: true,
      },
    },
    spec: succeeds({ both: [1, 2], redrives: 0 }),
  },
  {
    name: 'intrinsic functions',
    states: {
      a: {
        Type: 'Pass',
        Parameters: { 'text.$': "States.Format('{} {}', $.x, $.y)", 'hash.$': "States.Hash($.x, 'SHA-256')" },
        End: true,
      },
    },
    input: { x: 'a', y: 2 },
    spec: succeeds({ text: 'a 2', hash: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb' }),
  },
  {
    name: 'a choice by number and by boolean',
    states: {
      c: {
        Type: 'Choice',
        Choices: [
          {
            And: [
              { Variable: '$.n', NumericGreaterThan: 0 },
              { Variable: '$.b', BooleanEquals: true },
            ],
            Next: 'yes',
          },
        ],
        Default: 'no',
      },
      yes: { Type: 'Pass', Result: 'yes', End: true },
      no: { Type: 'Pass', Result: 'no', End: true },
    },
    input: { n: 1, b: true },
    spec: succeeds('yes'),
  },
  {
    name: 'a path that finds nothing fails the state',
    states: { a: { Type: 'Pass', Parameters: { 'x.$': '$.missing' }, End: true } },
    spec: fails('States.ParameterPathFailure'),
    differs: {
      local: {
        outcome: fails('States.Runtime'),
        reason:
          'aws-local-stepfunctions names the error otherwise; the run fails either way, and the pipeline catches it by no name',
      },
    },
  },
  {
    name: 'a result of more than 256 KiB fails the state',
    states: { a: task({ bytes: 300_000 }) },
    spec: fails('States.DataLimitExceeded'),
  },
  {
    name: 'ResultPath null keeps the input',
    states: { a: task({ returns: 1 }, { ResultPath: null, End: true }) },
    input: { x: 1 },
    spec: succeeds({ x: 1 }),
  },
  {
    name: 'a task token that is answered gives its output',
    states: { a: waiting({ answer: { output: { x: 1 } } }) },
    spec: succeeds({ x: 1 }),
  },
  {
    name: 'a task token that is refused fails with the name of the refusal',
    states: { a: waiting({ answer: { error: 'NotApproved' } }, caught(['NotApproved'])), caught: onlyError },
    spec: succeeds({ error: 'NotApproved' }),
  },
  {
    name: 'a task token without an answer ends by the path of its time limit',
    states: {
      a: waiting(
        { 'seconds.$': '$.seconds' },
        { TimeoutSecondsPath: '$.seconds', ...caught(['States.Timeout'], '$.error') },
      ),
      caught: { Type: 'Pass', Parameters: { 'error.$': '$.error.Error' }, End: true },
    },
    input: { seconds: 1 },
    spec: succeeds({ error: 'States.Timeout' }),
  },
  {
    name: 'a function that fails before it hands out the token fails the state',
    states: { a: waiting({ throws: 'Mine' }, caught(['Mine'])), caught: onlyError },
    spec: succeeds({ error: 'Mine' }),
  },
  {
    name: 'a redriven run goes on in the state that failed, with its count',
    states: {
      first: { Type: 'Pass', Result: { x: 1 }, Next: 'a' },
      a: task(
        { returns: 'again', throwsBelow: 1, 'attempt.$': '$$.Execution.RedriveCount' },
        { ResultPath: '$.a', End: true },
      ),
    },
    redriven: true,
    differs: {
      local: {
        outcome: fails('States.Runtime'),
        reason:
          'the interpreter on one machine refuses a definition whose first states cannot be reached again; ours are, from its last state (test/lib/state-machine/redrive.test.ts)',
      },
    },
    spec: succeeds({ x: 1, a: { value: 'again' } }),
  },
];
