/** Tasks: errors, retries, time limits, task tokens, redrive. */
import { type Case, caught, done, fails, onlyError, succeeds, task, waiting } from './case';

export const TASK_CASES: readonly Case[] = [
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
    spec: succeeds({ x: 1, a: { value: 'again' } }),
  },
];
