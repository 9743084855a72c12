import { objectKeys } from '../../../core/contract/keys';
import { approvalStep } from '../../../lambdas/approval/approval';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';

const NOW = Date.UTC(2026, 10, 23);
const request = { run: 'run-1', token: 'AAAA', seconds: 7200 };

describe('the approval step', () => {
  test('stores the question with the time until which an answer counts', async () => {
    const store = createMemoryStore();
    const builds = [[{ service: 'auth', status: 'SUCCEEDED' as const }]];

    await approvalStep({ ...request, builds }, { store, clock: createStillClock(NOW) });

    const stored = JSON.parse((await store.get(objectKeys.approval('run-1')))?.toString('utf8') ?? '');
    expect(stored).toEqual({ schema: 1, run: 'run-1', token: 'AAAA', until: '2026-11-23T02:00:00.000Z' });
  });

  test('asks nobody about a run whose builds failed', async () => {
    const store = createMemoryStore();
    const builds = [[{ service: 'auth', status: 'FAILED' as const, cause: 'compile error' }]];

    const asking = approvalStep({ ...request, builds }, { store, clock: createStillClock(NOW) });

    await expect(asking).rejects.toMatchObject({ name: 'BuildsFailed' });
    expect(await store.exists(objectKeys.approval('run-1'))).toBe(false);
  });
});
