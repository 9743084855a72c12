/** The report step: a run is reported whatever the git host says. */
import type { RunReport } from '../../../core/contract';
import { objectKeys } from '../../../core/keys';
import type { CommitStatus, ObjectStore, StatusWriter } from '../../../core/ports';
import { announce } from '../../../lambdas/announce';
import { reportStep } from '../../../lambdas/report/report';
import { createMemoryStore, createStillClock } from '../../support/memory-state';

const COMMIT = 'c'.repeat(40);
const START = Date.parse('2026-05-04T10:00:00Z');
const PLAN = {
  run: 'run-1',
  action: 'push',
  ref: 'develop',
  commit: COMMIT,
  services: [],
  totals: { build: 1, retag: 0, keep: 2 },
};

let store: ObjectStore;
let written: CommitStatus[];
let logged: string[];

beforeEach(async () => {
  store = createMemoryStore();
  written = [];
  logged = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => logged.push(String(line)) > 0);
  await store.put(objectKeys.plan('run-1'), JSON.stringify(PLAN));
});
afterEach(() => jest.restoreAllMocks());

async function report(setStatus: StatusWriter['setStatus'], state: unknown = { dryRun: false }): Promise<RunReport> {
  const startedAt = new Date(START).toISOString();
  const clock = createStillClock(START + 30_000);
  return reportStep({ run: 'run-1', startedAt, state }, { store, clock, statuses: { setStatus }, region: 'us-east-1' });
}

async function stored(): Promise<RunReport> {
  return JSON.parse((await store.get(objectKeys.report('run-1')))?.toString() ?? 'null');
}

describe('the report step', () => {
  test('writes the status after the report, so that it is there when somebody looks', async () => {
    const result = await report(async (status) => {
      written.push(status);
      expect(await stored()).toMatchObject({ run: 'run-1', status: 'SUCCEEDED' });
    });

    expect(written).toEqual([{ commit: COMMIT, state: 'success', description: 'built 1, retagged 0, kept 2 in 30 s' }]);
    expect(result).not.toHaveProperty('statusProblem');
    expect(await stored()).toEqual(result);
  });

  test('a status that cannot be written is logged and noted, and the run stays what it is', async () => {
    const result = await report(async () => {
      throw new Error('POST https://host/statuses: 403 FORBIDDEN');
    });

    expect(result).toMatchObject({ status: 'SUCCEEDED', statusProblem: expect.stringContaining('403 FORBIDDEN') });
    expect(await stored()).toEqual(result);
    expect((await store.get(objectKeys.summary('run-1')))?.toString()).toContain('the git host was not told');
    expect(logged).toEqual([expect.stringContaining('commit status not written')]);
  });

  test('a dry run has no status', async () => {
    await report(async (status) => void written.push(status), { dryRun: true });

    expect(written).toEqual([]);
  });

  test('a git host that never answers is not waited for', async () => {
    const silent = { setStatus: () => new Promise<void>(() => undefined) };

    const problem = await announce(silent, { commit: COMMIT, state: 'success', description: 'x' }, 10);

    expect(problem).toBe('the git host did not answer within 0.01 s');
  });
});
