/** A run whose report cannot be stored, as on a full disk: what the terminal prints is still what happened. */
import { objectKeys } from '../../../core/contract/keys';
import type { ReportRequest } from '../../../core/contract/report';
import { endedRun } from '../../../local/runtime/local-services';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { plannedService, planOf, reportOf } from '../../support/pipeline/runs';

const PLAN = planOf([plannedService('b1', 'build'), plannedService('b2', 'build'), plannedService('r1', 'retag')]);
const STARTED = { run: 'run-1', startedAt: '2026-11-23T10:00:00.000Z' };
const BUILDS = [
  { service: 'b1', status: 'SUCCEEDED' },
  { service: 'b2', status: 'FAILED' },
];
const FAILED = { status: 'FAILED', error: 'RunFailed', cause: 'ENOSPC: no space left on device' } as const;

async function world() {
  const store = createMemoryStore();
  await store.put(objectKeys.plan('run-1'), JSON.stringify(PLAN));
  const end = (request: Partial<ReportRequest>, result: Parameters<typeof endedRun>[1] = FAILED) =>
    endedRun({ ...STARTED, state: {}, ...request }, result, {
      store,
      clock: createStillClock(),
      region: 'eu-central-1',
    });
  return { store, end };
}

test('a stored report is the report', async () => {
  const { store, end } = await world();
  await store.put(objectKeys.report('run-1'), JSON.stringify(reportOf()));

  expect(await end({})).toEqual({ report: reportOf(), plan: PLAN });
});

test('builds count as the state machine saw them, and the run has its error', async () => {
  const { end } = await world();

  const { report } = await end({ state: { builds: BUILDS } });

  expect(report).toMatchObject({
    status: 'FAILED',
    counts: { built: 1, retagged: 0, kept: 0, failed: 1, notDone: 1 },
    error: { name: 'RunFailed', message: 'ENOSPC: no space left on device' },
  });
});

test('versions count as the release step recorded them', async () => {
  const { store, end } = await world();
  await store.put(objectKeys.release('run-1'), JSON.stringify({ services: [] }));

  const { report } = await end({ state: { builds: BUILDS } });

  expect(report.counts).toMatchObject({ built: 1, retagged: 1 });
});

test('a store that cannot be read leaves the plan unknown, and the error', async () => {
  const { store, end } = await world();
  Object.assign(store, { get: async () => Promise.reject(new Error('EIO')) });

  const { report, plan } = await end({ state: { builds: BUILDS } });

  expect(plan).toBeUndefined();
  expect(report).toMatchObject({ run: 'run-1', status: 'FAILED', error: { name: 'RunFailed' } });
});
