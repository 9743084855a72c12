/** Maps, inline and distributed, and parallel branches. */
import { type Case, caught, ITEMS_BUCKET, ITEMS_KEY, map, onlyError, succeeds, task } from './case';

export const MAP_CASES: readonly Case[] = [
  {
    name: 'an inline map returns results in the order of its items',
    states: { m: map({ a: task({ 'returns.$': '$' }) }, { MaxConcurrency: 2 }) },
    input: { items: [3, 1, 2] },
    spec: succeeds([{ value: 3 }, { value: 1 }, { value: 2 }]),
  },
  {
    name: 'ItemSelector has the item and the input of the state',
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
    name: 'an error that is caught within an item does not affect the others',
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
    name: 'a map without items returns no results',
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
    name: 'branches run in parallel, and ResultSelector has the context',
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
];
