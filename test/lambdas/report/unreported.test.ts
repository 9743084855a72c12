/** L4: every run is reported once, even if its own states could not report it. */

import { objectKeys } from '../../../core/contract/keys';
import type { ExecutionEnded, RunReport } from '../../../core/contract/report';
import type { CommitStatus } from '../../../core/ports/git';
import type { ObjectStore } from '../../../core/ports/store';
import { reportStep, unreported } from '../../../lambdas/report/report';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';

const START = Date.parse('2026-05-04T10:00:00Z');
const COMMIT = 'c'.repeat(40);

let store: ObjectStore;
let written: CommitStatus[];

beforeEach(() => {
  store = createMemoryStore();
  written = [];
});

function ended(changes: Partial<ExecutionEnded['detail']> = {}): ExecutionEnded {
  return {
    detail: {
      executionArn: 'arn:aws:states:eu-central-1:111122223333:execution:Pipeline:run-1',
      name: 'run-1',
      status: 'ABORTED',
      startDate: START,
      input: JSON.stringify({ action: 'push', ref: 'refs/heads/develop', commit: COMMIT }),
      redriveCount: 0,
      ...changes,
    },
  };
}

/** Handles an event as the function does. Returns true if there was something to report. */
async function receive(event: ExecutionEnded): Promise<boolean> {
  const request = await unreported(event, store);
  if (request === undefined) return false;
  const statuses = { setStatus: async (status: CommitStatus) => void written.push(status) };
  await reportStep(request, { store, clock: createStillClock(START + 60_000), statuses, region: 'us-east-1' });
  return true;
}

async function stored(): Promise<RunReport> {
  return JSON.parse((await store.get(objectKeys.report('run-1')))?.toString() ?? 'null');
}

/** The report that the run's own states make. */
async function reportedByItself(redrives: number, state: object): Promise<void> {
  const request = { run: 'run-1', startedAt: new Date(START).toISOString(), redrives, state };
  const statuses = { setStatus: async () => undefined };
  await reportStep(request, { store, clock: createStillClock(START + 1000), statuses, region: 'us-east-1' });
}

describe('the end of a run', () => {
  test.each([
    ['ABORTED', 'Aborted', 'the run was stopped'],
    ['TIMED_OUT', 'States.Timeout', 'the run took longer than its limit'],
    ['FAILED', 'States.Runtime', 'the state machine itself failed; its history has the details'],
  ] as const)('as %s is reported, and shown at its commit', async (status, name, message) => {
    expect(await receive(ended({ status }))).toBe(true);

    expect(await stored()).toMatchObject({ run: 'run-1', status: 'FAILED', seconds: 60, error: { name, message } });
    expect(await stored()).toMatchObject({ action: 'push' });
    expect(written).toEqual([expect.objectContaining({ commit: COMMIT, state: 'error' })]);
  });

  test('is reported with the error that the execution has', async () => {
    await receive(ended({ status: 'FAILED', error: 'States.DataLimitExceeded', cause: 'too large' }));

    expect(await stored()).toMatchObject({ error: { name: 'States.DataLimitExceeded', message: 'too large' } });
  });

  test('is reported once, however often the event comes', async () => {
    expect(await receive(ended())).toBe(true);
    expect(await receive(ended())).toBe(false);
    expect(written).toHaveLength(1);
  });

  test('that the run reported itself is not reported again', async () => {
    await reportedByItself(0, { error: { Error: 'BuildsFailed', Cause: '1 of 2' } });

    expect(await receive(ended({ status: 'FAILED', error: 'BuildsFailed' }))).toBe(false);
    expect(await stored()).toMatchObject({ seconds: 1, error: { name: 'BuildsFailed' } });
  });

  test('of a redriven run is reported again', async () => {
    await reportedByItself(0, { error: { Error: 'BuildsFailed', Cause: '1 of 2' } });

    expect(await receive(ended({ redriveCount: 1 }))).toBe(true);
    expect(await receive(ended({ redriveCount: 1 }))).toBe(false);
    expect(await stored()).toMatchObject({ redrives: 1, error: { name: 'Aborted' } });
  });

  test('of a single job is not reported', async () => {
    const executionArn = 'arn:aws:states:eu-central-1:111122223333:execution:Pipeline/workers:0f1e-2d3c';

    expect(await receive(ended({ executionArn, name: '0f1e-2d3c' }))).toBe(false);
  });

  test('may lack the input, which EventBridge leaves out if it is long', async () => {
    expect(await receive(ended({ input: null }))).toBe(true);
    expect(await stored()).toMatchObject({ action: 'unknown', status: 'FAILED' });
  });
});
