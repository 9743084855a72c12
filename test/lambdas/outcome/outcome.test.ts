/** The outcome step stores failures, and later steps read them. */
import type { BuildOutcome, OutcomeRequest } from '../../../core/contract/job';
import { objectKeys } from '../../../core/contract/keys';
import type { ObjectStore } from '../../../core/ports/store';
import { outcomeStep } from '../../../lambdas/outcome/outcome';
import { explainFailures } from '../../../lambdas/shared/stored';
import { describedBuild, timesOf } from '../../support/pipeline/job-times';
import { createMemoryStore } from '../../support/pipeline/memory-state';

const BUILD = { BuildStatus: 'FAILED', Logs: { DeepLink: 'https://logs/1' }, Phases: [] };

let store: ObjectStore;
beforeEach(() => {
  store = createMemoryStore();
});

function request(changes: Partial<OutcomeRequest> = {}, build: object = BUILD): OutcomeRequest {
  const error = { Error: 'States.TaskFailed', Cause: JSON.stringify({ Build: build }) };
  return { run: 'run-1', service: 'auth', attempt: 1, redrives: 0, error, ...changes };
}

describe('the outcome step', () => {
  test('returns only the status, and stores the rest', async () => {
    expect(await outcomeStep(request(), { store })).toEqual({ service: 'auth', status: 'FAILED' });

    const stored = await store.get(objectKeys.failure('run-1', 'auth'));
    expect(JSON.parse(String(stored))).toMatchObject({ status: 'FAILED', logs: 'https://logs/1' });
  });

  test('stores the times that the build told, which are no part of the outcome', async () => {
    const times = timesOf(Date.parse('2026-05-04T10:00:00Z'), 60);
    const { Build } = describedBuild(times) as { readonly Build: object };
    await outcomeStep(request({}, { ...Build, BuildStatus: 'FAILED' }), { store });

    expect(JSON.parse(String(await store.get(objectKeys.failure('run-1', 'auth'))))).toMatchObject({ times });
    const [outcome] = await explainFailures('run-1', { service: 'auth', status: 'FAILED' }, store);
    expect(Object.keys(outcome ?? {}).sort()).toEqual(['cause', 'service', 'status']);
  });

  test.each([
    ['FAILED', 1, true],
    ['TIMED_OUT', 1, true],
    ['STOPPED', 1, true],
    ['FAULT', 1, false],
    ['FAULT', 2, true],
  ])('treats %s at attempt %i as a failed job: %s', async (BuildStatus, attempt, isFailed) => {
    await outcomeStep(request({ attempt }, { BuildStatus }), { store });

    expect(await store.exists(objectKeys.failed('run-1', 0))).toBe(isFailed);
  });
});

describe('failures', () => {
  test('get their cause from the store if it is missing', async () => {
    await outcomeStep(request(), { store });
    const known: BuildOutcome = { service: 'web', status: 'STOPPED', cause: 'not started' };
    const lost: BuildOutcome = { service: 'lost', status: 'FAILED' };
    const good: BuildOutcome = { service: 'good', status: 'SUCCEEDED' };

    const explained = await explainFailures(
      'run-1',
      [
        [good, { service: 'auth', status: 'FAILED' }],
        [known, lost],
      ],
      store,
    );

    expect(explained).toEqual([
      good,
      { service: 'auth', status: 'FAILED', logs: 'https://logs/1', cause: expect.any(String) },
      known,
      lost,
    ]);
  });
});
