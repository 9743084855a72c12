/** The report step: a run is reported whatever the git host says. */

import { objectKeys } from '../../../core/contract/keys';
import type { RunReport } from '../../../core/contract/report';
import type { CommitStatus, StatusWriter } from '../../../core/ports/git';
import type { ObjectStore } from '../../../core/ports/store';
import { reportStep } from '../../../lambdas/report/report';
import { announce } from '../../../lambdas/shared/announce';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { COMMIT, plannedService, planOf } from '../../support/pipeline/runs';

const START = Date.parse('2026-05-04T10:00:00Z');
const PLAN = planOf([plannedService('auth', 'build'), plannedService('etcd', 'keep')]);

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

async function report(
  setStatus: StatusWriter['setStatus'],
  state: unknown = { builds: [{ service: 'auth', status: 'SUCCEEDED' }] },
): Promise<RunReport> {
  const startedAt = new Date(START).toISOString();
  const clock = createStillClock(START + 30_000);
  return reportStep({ run: 'run-1', startedAt, state }, { store, clock, statuses: { setStatus }, region: 'us-east-1' });
}

async function stored(): Promise<RunReport> {
  return JSON.parse((await store.get(objectKeys.report('run-1')))?.toString() ?? 'null');
}

describe('the report step', () => {
  test('writes the status after the report that it links to', async () => {
    const result = await report(async (status) => {
      written.push(status);
      expect(await stored()).toMatchObject({ run: 'run-1', status: 'SUCCEEDED' });
    });

    const description = 'release v1.4.0: built 1, retagged 0, kept 1, failed 0, not done 0 in 30 s';
    expect(written).toMatchObject([{ commit: COMMIT, run: 'run-1', state: 'success', description }]);
    expect(written[0]?.summary).toBe((await store.get(objectKeys.summary('run-1')))?.toString());
    expect(result).not.toHaveProperty('statusProblem');
    expect(await stored()).toMatchObject(result);
  });

  test('links to the source commit and to the commit of the values files, each at its own host', async () => {
    const commit = 'c'.repeat(40);
    const moved = { commit, changes: 1, superseded: [], supersededBy: null };
    await store.put(objectKeys.commit('run-1'), JSON.stringify(moved));
    const repositories = {
      git: { host: 'github', repository: 'team/monorepo', apiUrl: 'https://api.github.com' },
      valuesRepository: {
        git: { host: 'gitlab', repository: 'team/deployments', apiUrl: 'https://gitlab.com/api/v4' },
        branch: 'main',
      },
    } as const;
    const statuses = { setStatus: async () => undefined };
    const request = { run: 'run-1', startedAt: new Date(START).toISOString(), state: {} };

    await reportStep(request, { store, clock: createStillClock(START), statuses, region: 'us-east-1', repositories });

    const pages = [
      `https://github.com/team/monorepo/commit/${COMMIT}`,
      `https://gitlab.com/team/deployments/-/commit/${commit}`,
    ];
    for (const name of [objectKeys.summary('run-1'), objectKeys.page('run-1')]) {
      const text = String(await store.get(name));
      expect(pages.filter((page) => !text.includes(page))).toEqual([]);
    }
  });

  test('a status that cannot be written is logged and noted, and does not change the result', async () => {
    const result = await report(async () => {
      throw new Error('POST https://host/statuses: 403 FORBIDDEN');
    });

    expect(result).toMatchObject({ status: 'SUCCEEDED', statusProblem: expect.stringContaining('403 FORBIDDEN') });
    expect(await stored()).toMatchObject(result);
    expect((await store.get(objectKeys.summary('run-1')))?.toString()).toContain('the commit status was not written');
    expect(logged).toEqual([expect.stringContaining('commit status not written')]);
  });

  test('has the address of its summary, which links to the run and to the logs of failed jobs', async () => {
    const execution = 'arn:aws:states:eu-central-1:111122223333:execution:Pipeline-x1:run-1';
    const logs = 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home#logsV2:log-groups/x(1)';
    const failed = { service: 'auth', status: 'FAILED', cause: 'exit 1', logs };
    const state = { builds: [failed], error: { Error: 'BuildsFailed', Cause: '1 of 1 builds failed' } };
    const statuses = { setStatus: async (status: CommitStatus) => void written.push(status) };
    const request = { run: 'run-1', execution, startedAt: new Date(START).toISOString(), state };
    const bucket: ObjectStore = { ...store, location: (key) => `bucket/${key}` };

    const result = await reportStep(request, {
      store: bucket,
      clock: createStillClock(START),
      statuses,
      region: 'us-east-1',
    });

    expect(result.summary).toBe(
      'https://eu-central-1.console.aws.amazon.com/s3/object/bucket?region=eu-central-1&prefix=runs%2Frun-1%2Fsummary.md',
    );
    expect(written[0]?.summary).toContain(`| auth | FAILED | exit 1 | [log](<${logs}>) |`);
    expect(written[0]?.summary).toMatch(/- run: \[run-1\]\(<https:\S+executions\/details\/\S+:run-1>\)/);
    expect(written[0]?.summary).toContain(`- page: [timeline, services and logs](<${written[0]?.url}>)`);
    expect(written[0]?.url).toMatch(/runs%2Frun-1%2Frun\.html$/);
  });

  test('a dry run has no status', async () => {
    await store.put(objectKeys.plan('run-1'), JSON.stringify({ ...PLAN, dryRun: true }));
    await report(async (status) => void written.push(status), { dryRun: true });

    expect(written).toEqual([]);
  });

  test('the report does not wait for a git host that never answers', async () => {
    const silent = { setStatus: () => new Promise<void>(() => undefined) };

    const problem = await announce(silent, { commit: COMMIT, run: 'run-1', state: 'success', description: 'x' }, 10);

    expect(problem).toBe('the git host did not answer within 0.01 s');
  });
});
