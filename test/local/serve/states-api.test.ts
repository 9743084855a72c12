import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  type GetExecutionHistoryInput,
  type HistoryEvent,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { STATE_MACHINE_ARN as ARN, executionArn } from '../../../local/serve/execution-store';
import { type ServedPipeline, servePipelineOfTests } from '../../support/deliveries/served-pipeline';

const RELEASE = JSON.stringify({ action: 'release', version: 'v1.4.0', ref: 'main' });
let served: ServedPipeline;

beforeAll(async () => {
  served = await servePipelineOfTests();
}, 60_000);

afterAll(() => served.end());

function start(name: string | undefined, input: string, stateMachineArn = ARN) {
  return served.client().send(new StartExecutionCommand({ stateMachineArn, name, input }));
}

async function history(name: string, request: Partial<GetExecutionHistoryInput> = {}): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await served
      .client()
      .send(new GetExecutionHistoryCommand({ executionArn: executionArn(name), nextToken, ...request }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

describe('the Step Functions endpoint', () => {
  test('runs a release and describes it with its report as output', async () => {
    const { executionArn: arn, startDate } = await start('release-1', RELEASE);
    const ended = await served.ended('release-1');

    expect(arn).toBe(executionArn('release-1'));
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      name: 'release-1',
      input: RELEASE,
      stateMachineArn: ARN,
      startDate,
    });
    expect(JSON.parse(ended.output ?? '')).toMatchObject({
      status: 'SUCCEEDED',
      totals: { build: 4 },
      version: 'v1.4.0',
    });
    expect(ended.stopDate?.getTime()).toBeGreaterThan(startDate?.getTime() ?? 0);
    expect(served.read('chart/values.yaml')).toContain('tag: &tag v1.4.0');
  }, 60_000);

  test('returns the history from either end, in pages, with and without data', async () => {
    const events = await history('release-1', { maxResults: 7 });
    const backwards = await history('release-1', { reverseOrder: true, includeExecutionData: false });

    const types = events.map(({ type }) => type);
    expect(types[0]).toBe('ExecutionStarted');
    expect(types.at(-1)).toBe('ExecutionSucceeded');
    expect(new Set(types)).toEqual(
      new Set([
        'ExecutionStarted',
        ...['Pass', 'Task', 'Choice', 'Parallel', 'Map'].flatMap((kind) => [
          `${kind}StateEntered`,
          `${kind}StateExited`,
        ]),
        'MapIterationStarted',
        'MapIterationSucceeded',
        'ExecutionSucceeded',
      ]),
    );
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    const plan = events.find(({ stateExitedEventDetails }) => stateExitedEventDetails?.name === 'Plan the run');
    expect(JSON.parse(plan?.stateExitedEventDetails?.output ?? '')).toMatchObject({ totals: { build: 4 } });
    expect(backwards.map(({ id }) => id)).toEqual(events.map(({ id }) => id).reverse());
    expect(backwards.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.input !== undefined)).toEqual(
      [],
    );
  });

  test('fails a run with an invalid input like AWS, with every problem in the cause', async () => {
    await start('bad-1', '{"action":"release","version":"1 4","ref":"main"}');
    const ended = await served.ended('bad-1');

    expect(ended).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(JSON.parse(ended.cause ?? '').errorMessage).toContain('version');
    expect(ended.output).toBeUndefined();
    const events = await history('bad-1');
    expect(events.find(({ type }) => type === 'TaskFailed')?.taskFailedEventDetails).toMatchObject({
      resourceType: 'lambda',
      resource: 'invoke',
      error: 'InvalidInput',
    });
    expect(events.at(-1)?.executionFailedEventDetails).toMatchObject({ error: 'InvalidInput' });
  }, 60_000);

  test('starts a name once; the same start returns the open run and is refused afterwards', async () => {
    const [one, other] = await Promise.all([start('once', '{"a":1}'), start('once', '{"a":1}')]);
    const different = start('once', '{"a":2}').catch((error: Error) => error.name);

    expect(one.startDate).toEqual(other.startDate);
    expect(await different).toBe('ExecutionAlreadyExists');
    await served.ended('once');
    await expect(start('once', '{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    expect((await history('once')).filter(({ type }) => type === 'ExecutionStarted')).toHaveLength(1);
  }, 60_000);

  test('stops a run and leaves the branch unchanged', async () => {
    const before = served.repository.git('rev-parse', 'main');
    const command = new StopExecutionCommand({
      executionArn: executionArn('stopped'),
      error: 'Asked',
      cause: 'changed our mind',
    });
    await start(
      'stopped',
      JSON.stringify({ action: 'release', version: 'v1.5.0', ref: 'main', strategy: 'conservative' }),
    );

    const { stopDate } = await served.client().send(command);
    const again = await served.client().send(command);

    expect(await served.ended('stopped')).toMatchObject({
      status: 'ABORTED',
      error: 'Asked',
      cause: 'changed our mind',
      stopDate,
    });
    expect(again.stopDate).toEqual(stopDate);
    expect((await history('stopped')).at(-1)?.executionAbortedEventDetails).toEqual({
      error: 'Asked',
      cause: 'changed our mind',
    });
    expect(served.repository.git('rev-parse', 'main')).toBe(before);
  });

  test('lists runs by status and in pages, newest first', async () => {
    const list = (more: object) => served.client().send(new ListExecutionsCommand({ stateMachineArn: ARN, ...more }));

    const all = (await list({})).executions?.map(({ name }) => name);
    const first = await list({ maxResults: 2 });
    const rest = await list({ nextToken: first.nextToken });

    expect(all).toEqual(['stopped', 'once', 'bad-1', 'release-1']);
    expect([...(first.executions ?? []), ...(rest.executions ?? [])].map(({ name }) => name)).toEqual(all);
    expect((await list({ statusFilter: 'SUCCEEDED' })).executions).toMatchObject([{ name: 'release-1' }]);
    await expect(list({ nextToken: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  test('lists and describes its one state machine', async () => {
    const { stateMachines } = await served.client().send(new ListStateMachinesCommand({}));
    const described = await served.client().send(new DescribeStateMachineCommand({ stateMachineArn: ARN }));

    expect(stateMachines).toMatchObject([{ stateMachineArn: ARN, name: 'ImagePipeline', type: 'STANDARD' }]);
    expect(described).toMatchObject({ status: 'ACTIVE', name: 'ImagePipeline' });
    expect(JSON.parse(described.definition ?? '')).toHaveProperty('States');
  });

  test.each([
    ['a name with a slash', 'a/b', '{}', ARN, 'InvalidName'],
    ['a name that is a folder', '..', '{}', ARN, 'InvalidName'],
    ['a name with shell text', '$(id)', '{}', ARN, 'InvalidName'],
    ['a name of 81 characters', 'x'.repeat(81), '{}', ARN, 'ValidationException'],
    ['an input that is not JSON', 'a', '{', ARN, 'InvalidExecutionInput'],
    ['an input that is too long', 'a', JSON.stringify('x'.repeat(262_143)), ARN, 'ValidationException'],
    ['another state machine', 'a', '{}', `${ARN}2`, 'StateMachineDoesNotExist'],
    ['no ARN', 'a', '{}', 'ImagePipeline', 'InvalidArn'],
  ])('refuses %s and starts nothing', async (_, name, input, arn, error) => {
    await expect(start(name, input, arn)).rejects.toMatchObject({ name: error, $metadata: { httpStatusCode: 400 } });
    await expect(
      served.client().send(new DescribeExecutionCommand({ executionArn: executionArn('a') })),
    ).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });

  test.each([
    ['an unknown operation', 'AWSStepFunctions.DeleteStateMachine', '{}', 400, 'UnknownOperationException'],
    ['invalid JSON', 'AWSStepFunctions.ListExecutions', '{', 400, 'SerializationException'],
    [
      'fields of the wrong type',
      'AWSStepFunctions.ListExecutions',
      '{"stateMachineArn":1}',
      400,
      'ValidationException',
    ],
    ['JSON that is not an object', 'AWSStepFunctions.ListExecutions', 'null', 400, 'ValidationException'],
  ])('replies to %s with the error of AWS', async (_, target, body, status, error) => {
    const reply = await fetch(served.serving().url, { method: 'POST', body, headers: { 'x-amz-target': target } });

    expect(reply.status).toBe(status);
    expect(await reply.json()).toMatchObject({ __type: error });
  });

  test('describes runs from before a restart and aborts an interrupted one', async () => {
    await start('cut-off', JSON.stringify({ action: 'release', version: 'v1.6.0', ref: 'main' }));
    await served.restart();

    expect(await served.ended('release-1')).toMatchObject({ status: 'SUCCEEDED', input: RELEASE });
    expect(await served.ended('cut-off')).toMatchObject({ status: 'ABORTED', error: 'Interrupted' });
    expect((await history('release-1')).at(-1)?.type).toBe('ExecutionSucceeded');
    await start('cut-off-2', JSON.stringify({ action: 'release', version: 'v1.6.0', ref: 'main' }));
    expect(await served.ended('cut-off-2')).toMatchObject({ status: 'SUCCEEDED' });
  }, 60_000);
});
