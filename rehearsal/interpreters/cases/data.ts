/** Choices, paths, intrinsic functions, the payload limit. */
import { type Case, fails, succeeds, task } from './case';

export const DATA_CASES: readonly Case[] = [
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
];
