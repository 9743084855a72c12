/** Tasks: errors, retries, time limits, task tokens, redrive. */
import { type Case, caught, done, fails, onlyError, succeeds, task, waiting } from './case';

export const TASK_CASES: readonly Case[] = [
  {
    name: 'a task returns its result',
    states: { a: task({ returns: { x: 1 } }) },
    spec: succeeds({ value: { x: 1 } }),
  },
  {
    name: 'an error has the name that the function throws',
    states: { a: task({ throws: 'Mine' }) },
    spec: fails('Mine'),
  },
  {
    name: 'a caught error is stored at ResultPath',
    states: {
      a: task({ throws: 'Mine' }, caught(['Mine'], '$.error')),
      caught: { Type: 'Pass', Parameters: { 'x.$': '$.x', 'error.$': '$.error.Error' }, End: true },
    },
    input: { x: 1 },
    spec: succeeds({ x: 1, error: 'Mine' }),
  },
  {
    name: 'the first catcher that matches the error is used',
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
    name: 'a task is retried, and has the count in its context',
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
    name: 'a task is retried at most MaxAttempts times',
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
    name: 'a slow task fails with States.Timeout',
    states: { a: task({ waitMs: 3_000 }, { TimeoutSeconds: 1, ...caught(['States.Timeout']) }), caught: onlyError },
    spec: succeeds({ error: 'States.Timeout' }),
  },
  {
    name: 'States.TaskFailed does not catch States.Timeout',
    states: { a: task({ waitMs: 3_000 }, { TimeoutSeconds: 1, ...caught(['States.TaskFailed']) }), caught: done },
    spec: fails('States.Timeout'),
  },
  {
    name: 'an answer to a task token is the result of the task',
    states: { a: waiting({ answer: { output: { x: 1 } } }) },
    spec: succeeds({ x: 1 }),
  },
  {
    name: 'a failure for a task token has the name of the error',
    states: { a: waiting({ answer: { error: 'NotApproved' } }, caught(['NotApproved'])), caught: onlyError },
    spec: succeeds({ error: 'NotApproved' }),
  },
  {
    name: 'a task token without an answer times out after TimeoutSecondsPath',
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
    name: 'with a task token, an error of the function fails the state',
    states: { a: waiting({ throws: 'Mine' }, caught(['Mine'])), caught: onlyError },
    spec: succeeds({ error: 'Mine' }),
  },
  {
    name: 'a redriven run continues in the state that failed, with its count in the context',
    states: {
      first: { Type: 'Pass', Result: { x: 1 }, Next: 'a' },
      a: task(
        { returns: 'again', throwsBelow: 1, 'attempt.$': '$$.Execution.RedriveCount' },
        { ResultPath: '$.a', End: true },
      ),
    },
    redriven: true,
    spec: succeeds({ x: 1, a: { value: 'again' } }),
  },
];
