import { SFNClient } from '@aws-sdk/client-sfn';
import { createExecutionLister, createExecutionStarter } from '../../../adapters/aws/executions';
import type { KnownRun } from '../../../core/ports/runs';
import { startFakeAws } from '../../support/aws/fake-aws';
import { eachTest } from '../../support/each-test';

const MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:Pipeline';
const execution = {
  name: 'push-develop-1',
  input: { action: 'push', ref: 'refs/heads/develop', commit: 'a' },
} as const;
const aws = eachTest(startFakeAws, (aws) => aws.stop());

function starter() {
  return createExecutionStarter(client(), MACHINE);
}

function client(): SFNClient {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return new SFNClient({ endpoint: aws.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
}

test('a run is started by name with its input as JSON', async () => {
  const inputs: Record<string, string>[] = [];
  aws.answers.set('StartExecution', (input) => {
    inputs.push(input);
    return { executionArn: 'x', startDate: 1 };
  });

  expect(await starter().start(execution)).toBe('started');
  expect(inputs).toEqual([{ stateMachineArn: MACHINE, name: execution.name, input: JSON.stringify(execution.input) }]);
});

test('a used name returns already', async () => {
  aws.answers.set('StartExecution', () => ({ error: 'ExecutionAlreadyExists' }));

  expect(await starter().start(execution)).toBe('already');
});

test('any other error is thrown', async () => {
  aws.answers.set('StartExecution', () => ({ error: 'StateMachineDoesNotExist' }));

  await expect(starter().start(execution)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
});

test.each([
  ['RUNNING', 'RUNNING'],
  ['PENDING_REDRIVE', 'RUNNING'],
  ['SUCCEEDED', 'SUCCEEDED'],
  ['FAILED', 'FAILED'],
  ['TIMED_OUT', 'FAILED'],
  ['ABORTED', 'FAILED'],
])('the status %s is read as %s', async (status, expected) => {
  const asked: string[] = [];
  aws.answers.set('DescribeExecution', ({ executionArn = '' }) => {
    asked.push(executionArn);
    return { status, startDate: 1_760_000_000 };
  });

  expect(await starter().find('push-1')).toEqual({ name: 'push-1', status: expected, startedAt: 1_760_000_000_000 });
  expect(asked).toEqual(['arn:aws:states:eu-central-1:123456789012:execution:Pipeline:push-1']);
});

test('an unknown run is undefined', async () => {
  aws.answers.set('DescribeExecution', () => ({ error: 'ExecutionDoesNotExist' }));

  expect(await starter().find('push-1')).toBeUndefined();
});

describe('the list of runs', () => {
  const asked: Record<string, unknown>[] = [];

  beforeEach(() => {
    asked.length = 0;
    aws.answers.set('ListExecutions', (input) => {
      asked.push(input);
      if (input.nextToken === 'the last run') {
        return { executions: [{ name: 'push-0', status: 'ABORTED', startDate: 1_750_000_000 }] };
      }
      const executions = Array.from({ length: 1000 }, (_, index) => ({
        name: `push-${1000 - index}`,
        status: 'RUNNING',
        startDate: 1_760_000_000,
      }));
      return { executions, nextToken: 'the last run' };
    });
  });

  test('continues after the first thousand, newest first', async () => {
    const runs: KnownRun[] = [];
    for await (const page of createExecutionLister(client(), MACHINE).pages()) runs.push(...page);

    expect(runs).toHaveLength(1001);
    expect(runs[0]).toEqual({ name: 'push-1000', status: 'RUNNING', startedAt: 1_760_000_000_000 });
    expect(runs.at(-1)).toEqual({ name: 'push-0', status: 'FAILED', startedAt: 1_750_000_000_000 });
    expect(asked).toEqual([
      { stateMachineArn: MACHINE, maxResults: 1000 },
      { stateMachineArn: MACHINE, maxResults: 1000, nextToken: 'the last run' },
    ]);
  });

  test('requests a page only when it is read', async () => {
    for await (const _ of createExecutionLister(client(), MACHINE).pages()) break;

    expect(asked).toHaveLength(1);
  });
});
