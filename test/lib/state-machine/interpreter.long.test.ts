/**
 * What the interpreter of the local runtime does like Step Functions, and what it does not: 24 cases, so that nobody takes a run on
 * one machine as proof of more. `differs` marks what AWS does otherwise.
 */
import '../../../local/promise-with-resolvers';
import { StateMachine } from 'aws-local-stepfunctions';

type States = Record<string, Record<string, unknown>>;
type Handlers = Record<string, (input: never) => unknown>;

const TASK = { Type: 'Task', Resource: 'arn:aws:lambda:eu-central-1:111122223333:function:x' };

function machine(states: States) {
  return new StateMachine({ StartAt: Object.keys(states)[0], States: states } as never);
}

/** Output or error of one execution of the states, which start with the first. Waits between attempts take no time. */
async function run(states: States, input: unknown = {}, handlers: Handlers = {}, waits = 0) {
  const running = machine(states).run(input as never, {
    overrides: {
      taskResourceLocalHandlers: handlers as never,
      retryIntervalOverrides: Object.fromEntries(Object.keys(states).map((name) => [name, waits])),
    },
    context: { Execution: { Name: 'run-1' } },
  });
  try {
    return { output: await running.result };
  } catch (error) {
    const { cause } = error as { cause?: Error };
    return { error: cause?.name, cause: cause?.message };
  }
}

function fail(name: string, message = 'why') {
  return () => {
    throw Object.assign(new Error(message), { name });
  };
}

/** A task that counts its attempts and fails in those that the list names an error for. */
function attempts(...errors: readonly (string | undefined)[]) {
  const counted = { count: 0 };
  const handler = () => {
    const error = errors[counted.count];
    counted.count += 1;
    if (error !== undefined) fail(error)();
    return counted.count;
  };
  return { counted, handler };
}

const DONE = { Type: 'Succeed' };
const caught = (errors: readonly string[], resultPath?: string) => ({
  Catch: [{ ErrorEquals: errors, Next: 'caught', ...(resultPath === undefined ? {} : { ResultPath: resultPath }) }],
});

describe('errors', () => {
  test('1 States.ALL does not catch States.Runtime', async () => {
    const states = { a: { Type: 'Pass', Parameters: { 'x.$': '$.missing' }, End: true } };
    const inMap = {
      map: { Type: 'Parallel', Branches: [{ StartAt: 'a', States: states }], ...caught(['States.ALL']), End: true },
      caught: DONE,
    };
    expect(await run(inMap)).toMatchObject({ error: 'States.Runtime' });
  });

  test('2 differs: States.ALL catches States.DataLimitExceeded, which in AWS ends the run', async () => {
    const states = { a: { ...TASK, ...caught(['States.ALL']), End: true }, caught: DONE };
    const { output } = await run(states, {}, { a: fail('States.DataLimitExceeded') });
    expect(output).toMatchObject({ Error: 'States.DataLimitExceeded' });
  });

  test('3 States.TaskFailed is every error of a task but States.Timeout', async () => {
    const states = { a: { ...TASK, TimeoutSeconds: 1, ...caught(['States.TaskFailed']), End: true }, caught: DONE };
    expect(await run(states, {}, { a: fail('Mine') })).toMatchObject({ output: { Error: 'Mine' } });
    const slow = { a: () => new Promise((resolve) => setTimeout(resolve, 1200).unref()) };
    expect(await run(states, {}, slow)).toMatchObject({ error: 'States.Timeout' });
  });

  test('4 the first retrier that names the error counts, and no later one', async () => {
    const { counted, handler } = attempts('A', 'A', 'A', 'A');
    const Retry = [
      { ErrorEquals: ['A'], MaxAttempts: 1 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 3 },
    ];
    expect(await run({ a: { ...TASK, Retry, End: true } }, {}, { a: handler })).toMatchObject({ error: 'A' });
    expect(counted.count).toBe(2);
  });

  test('5 no attempts means no second try', async () => {
    const { counted, handler } = attempts('A');
    const Retry = [{ ErrorEquals: ['A'], MaxAttempts: 0 }];
    await run({ a: { ...TASK, Retry, End: true } }, {}, { a: handler });
    expect(counted.count).toBe(1);
  });

  test('6 a retrier that says nothing tries three times more', async () => {
    const { counted, handler } = attempts('A', 'A', 'A', 'A', 'A');
    await run({ a: { ...TASK, Retry: [{ ErrorEquals: ['A'] }], End: true } }, {}, { a: handler });
    expect(counted.count).toBe(4);
  });

  test('7 each retrier counts its own attempts', async () => {
    const { counted, handler } = attempts('A', 'B', 'A', 'B');
    const Retry = [
      { ErrorEquals: ['A'], MaxAttempts: 2 },
      { ErrorEquals: ['B'], MaxAttempts: 2 },
    ];
    expect(await run({ a: { ...TASK, Retry, End: true } }, {}, { a: handler })).toEqual({ output: 5 });
    expect(counted.count).toBe(5);
  });

  test('8 a caught error lies beside the input where ResultPath says so, else in its place', async () => {
    const states = (path?: string) => ({ a: { ...TASK, ...caught(['States.ALL'], path), End: true }, caught: DONE });
    const error = { Error: 'A', Cause: 'why' };
    expect(await run(states('$.error'), { x: 1 }, { a: fail('A') })).toEqual({ output: { x: 1, error } });
    expect(await run(states(), { x: 1 }, { a: fail('A') })).toEqual({ output: error });
  });

  test('9 an error is caught after the last attempt', async () => {
    const { counted, handler } = attempts('A', 'A', 'A');
    const Retry = [{ ErrorEquals: ['A'], MaxAttempts: 2 }];
    const states = { a: { ...TASK, Retry, ...caught(['A']), End: true }, caught: DONE };
    expect(await run(states, {}, { a: handler })).toMatchObject({ output: { Error: 'A' } });
    expect(counted.count).toBe(3);
  });
});

describe('maps and parallels', () => {
  const map = (extra: object = {}) => ({
    map: {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: { StartAt: 'item', States: { item: { ...TASK, End: true } } },
      End: true,
      ...extra,
    },
  });
  const later = (ms: number, value: unknown) => new Promise((resolve) => setTimeout(() => resolve(value), ms));

  test('10 one uncaught error ends the map; what runs already is not stopped', async () => {
    const ended: string[] = [];
    const item = async (name: string) => {
      if (name === 'bad') fail('A')();
      await later(20, name);
      ended.push(name);
    };
    expect(await run(map(), { items: ['good', 'bad'] }, { item })).toMatchObject({ error: 'A' });
    expect(ended).toEqual([]);
    await later(40, undefined);
    expect(ended).toEqual(['good']);
  });

  test('11 results are in the order of the items', async () => {
    const item = (ms: number) => later(ms, ms);
    expect(await run(map(), { items: [30, 1, 15] }, { item })).toEqual({ output: [30, 1, 15] });
  });

  test('12 no items give no results', async () => {
    expect(await run(map(), { items: [] })).toEqual({ output: [] });
  });

  test('13 MaxConcurrency holds', async () => {
    let now = 0;
    let most = 0;
    const item = async () => {
      now += 1;
      most = Math.max(most, now);
      await later(2, undefined);
      now -= 1;
      return 0;
    };
    await run(map({ MaxConcurrency: 3 }), { items: Array(10).fill(0) }, { item });
    expect(most).toBe(3);
  });

  test('14 maps within maps give lists of lists', async () => {
    const inner = {
      Type: 'Map',
      ItemProcessor: { StartAt: 'item', States: { item: { ...TASK, End: true } } },
      End: true,
    };
    const outer = map({ ItemProcessor: { StartAt: 'inner', States: { inner } } });
    const item = (value: number) => value * 2;
    expect(await run(outer, { items: [[1, 2], [3]] }, { item })).toEqual({ output: [[2, 4], [6]] });
  });

  test('15 one failed branch fails the parallel, which can catch it', async () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: { ...TASK, End: true } } });
    const states = {
      both: { Type: 'Parallel', Branches: [branch('a'), branch('b')], ...caught(['A'], '$.error'), End: true },
      caught: DONE,
    };
    expect(await run(states, { x: 1 }, { a: () => 1, b: fail('A') })).toEqual({
      output: { x: 1, error: { Error: 'A', Cause: 'why' } },
    });
  });
});

describe('flow and limits', () => {
  test('16 a choice without a match fails the run', async () => {
    const states = { a: { Type: 'Choice', Choices: [{ Variable: '$.x', NumericEquals: 1, Next: 'b' }] }, b: DONE };
    expect(await run(states, { x: 2 })).toMatchObject({ error: 'States.NoChoiceMatched' });
  });

  test('17 a wait waits', async () => {
    const begin = Date.now();
    await run({ a: { Type: 'Wait', Seconds: 1, End: true } });
    expect(Date.now() - begin).toBeGreaterThanOrEqual(990);
  });

  test('18 a task that takes too long fails with States.Timeout, and differs: its work goes on', async () => {
    let ended = false;
    const a = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1100));
      ended = true;
    };
    expect(await run({ a: { ...TASK, TimeoutSeconds: 1, End: true } }, {}, { a })).toMatchObject({
      error: 'States.Timeout',
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(ended).toBe(true);
  });

  test('19 differs: no payload is too large', async () => {
    const large = 'x'.repeat(300_000);
    expect(await run({ a: { ...TASK, End: true } }, {}, { a: () => large })).toEqual({ output: large });
  });

  test('20 a state name has at most 80 characters', () => {
    expect(() => machine({ ['n'.repeat(80)]: DONE })).not.toThrow();
    expect(() => machine({ ['n'.repeat(81)]: DONE })).toThrow('definition is invalid');
  });

  test('21 differs: executions have no names that could be taken', async () => {
    const both = await Promise.all([run({ a: DONE }, 1), run({ a: DONE }, 2)]);
    expect(both).toEqual([{ output: 1 }, { output: 2 }]);
  });

  test('22 a run that is stopped ends at once, and differs: the work of its task goes on', async () => {
    let ended = false;
    const a = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      ended = true;
      return 0;
    };
    const running = machine({ a: { ...TASK, Next: 'b' }, b: { ...TASK, End: true } }).run(
      {},
      {
        overrides: { taskResourceLocalHandlers: { a, b: fail('must not run') as never } },
      },
    );
    running.abort();
    await expect(running.result).rejects.toThrow('aborted');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(ended).toBe(true);
  });

  test('23 differs: a run cannot be taken up again where it failed; local/redrive.ts makes up for it', () => {
    expect(Object.keys(machine({ a: DONE }).run({})).sort()).toEqual(['abort', 'eventLogs', 'result']);
  });

  test('24 the context has name, input and start of the run; differs: within a map, start and item are not the run’s', async () => {
    const fields = {
      'name.$': '$$.Execution.Name',
      'input.$': '$$.Execution.Input',
      'start.$': '$$.Execution.StartTime',
    };
    const states = { a: { Type: 'Pass', Parameters: fields, End: true } };
    expect(await run(states, { x: 1 })).toEqual({
      output: { name: 'run-1', input: { x: 1 }, start: expect.stringMatching(/^\d{4}-/) },
    });
    const item = { Type: 'Pass', Parameters: { 'item.$': '$$.Map.Item.Value' }, End: true };
    const map = { map: { Type: 'Map', ItemProcessor: { StartAt: 'item', States: { item } }, End: true } };
    expect(await run(map, [1])).toMatchObject({ error: 'States.Runtime' });
  });
});
