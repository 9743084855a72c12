/** The report step tells how long the jobs took beside their estimate, and records it. Statistics never fail a report. */
import { objectKeys } from '../../../core/contract/keys';
import type { Plan } from '../../../core/contract/plan';
import type { RunReport } from '../../../core/contract/report';
import { NO_TIMES } from '../../../core/estimate/recorded-jobs';
import { parseTimes } from '../../../core/estimate/recorded-times';
import { estimateRun } from '../../../core/estimate/run-range';
import type { ObjectStore } from '../../../core/ports/store';
import { buildOutcome } from '../../../core/report/outcome';
import { reportStep } from '../../../lambdas/report/report';
import { timesOf } from '../../support/pipeline/job-times';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { INPUT_DIGEST, plannedService, planOf } from '../../support/pipeline/runs';

const jobs = ['auth', 'chat'].map((name) => ({ name, stage: 'apps', minutes: 10, priority: 2 }));
const PLAN: Plan = {
  ...planOf([plannedService('auth', 'build'), plannedService('chat', 'build'), plannedService('etcd', 'keep')]),
  estimate: estimateRun({ jobs, stages: [{ name: 'apps', title: '', needs: [] }], stageConcurrency: 20 }, NO_TIMES),
};
const SUCCEEDED = ['auth', 'chat'].map((service) => ({ service, status: 'SUCCEEDED' }));

let store: ObjectStore;
let logged: string[];

beforeEach(async () => {
  store = createMemoryStore();
  logged = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => logged.push(String(line)) > 0);
  await store.put(objectKeys.plan('run-1'), JSON.stringify(PLAN));
  await built('auth', 0, 500);
  await built('chat', 30_000, 1500);
});
afterEach(() => jest.restoreAllMocks());

async function built(service: string, at: number, build: number, run = 'run-1'): Promise<void> {
  const record = { run, builtAt: '2026-05-04T10:00:00Z', times: timesOf(at, build) };
  await store.put(objectKeys.candidate(`${service}.${INPUT_DIGEST}`), JSON.stringify(record));
}

function report(builds: unknown = SUCCEEDED, redrives = 0, objects = store): Promise<RunReport> {
  const request = { run: 'run-1', redrives, startedAt: new Date(0).toISOString(), state: { builds } };
  const statuses = { setStatus: async () => undefined };
  return reportStep(request, { store: objects, clock: createStillClock(2e6), statuses, region: 'us-east-1' });
}

const recorded = async () => parseTimes((await store.get(objectKeys.times()))?.toString()).times;

describe('the report of a run whose jobs all succeeded', () => {
  test('has estimate and real time, and the jobs furthest from their estimate', async () => {
    const { timing } = await report();

    expect(timing).toMatchObject({
      real: 1550,
      worst: [
        { name: 'chat', real: 1520 },
        { name: 'auth', real: 520 },
      ],
    });
    expect(timing?.estimated.likely).toBe(PLAN.estimate?.likely);
    const summary = String(await store.get(objectKeys.summary('run-1')));
    expect(summary).toMatch(
      /- builds: 25.8 min from the first start to the last end, slower than the estimate of \d+ to \d+ min/,
    );
    expect(summary).toMatch(/\| chat \| \d+ to \d+ min \| catalog \| 25.3 min \| build 25.0 min \|/);
  });

  test('is recorded for the next estimates, once', async () => {
    await report();
    await report();

    const { jobs: known, runs } = await recorded();
    expect(known.map(({ name }) => name).sort()).toEqual(['auth', 'chat']);
    expect(runs).toMatchObject([{ run: 'run-1', at: 2e6, real: 1550, basis: 'catalog' }]);
  });
});

describe('in AWS, the page of a run has a bar for each job that told its times', () => {
  const page = async () => String(await store.get(objectKeys.page('run-1')));
  const failed = (redrives: number) =>
    store.put(
      objectKeys.failure('run-1', 'chat'),
      JSON.stringify({ service: 'chat', status: 'FAILED', attempt: 1, redrives, times: timesOf(40_000, 100) }),
    );

  test('which waited for its machine before it was built', async () => {
    await report();

    expect(await page()).toMatch(/<th scope="row">auth<\/th>.*b-waiting.*b-working.*waited 15 s, 8 min/);
    expect(JSON.parse(String(await store.get(objectKeys.timeline('run-1')))).jobs).toEqual([
      { name: 'auth', queuedAt: 0, startedAt: 15_000, endedAt: 520_000 },
      { name: 'chat', queuedAt: 30_000, startedAt: 45_000, endedAt: 1_550_000 },
    ]);
  });

  test('also for one that failed, unless an earlier attempt of the run did', async () => {
    const builds = [SUCCEEDED[0], { service: 'chat', status: 'FAILED' }];

    await failed(0);
    await report(builds);
    expect(await page()).toMatch(/<th scope="row">chat<\/th>.*b-failed/);
    await failed(1);
    await report(builds);
    expect(await page()).not.toContain('<th scope="row">chat</th><td class="bar">');
  });
});

describe('a build that had too little memory', () => {
  const failedWith = async (status: number, redrives = 0) => {
    const Contexts = [{ Message: `Error while executing command. Reason: exit status ${status}` }];
    const Cause = { Build: { BuildStatus: 'FAILED', Phases: [{ PhaseStatus: 'FAILED', Contexts }] } };
    const outcome = buildOutcome({
      service: 'chat',
      error: { Error: 'States.TaskFailed', Cause: JSON.stringify(Cause) },
    });
    const failure = { ...outcome, attempt: 1, redrives, times: timesOf(40_000, 100) };
    await store.put(objectKeys.failure('run-1', 'chat'), JSON.stringify(failure));
    await report([outcome]);
  };

  test('is recorded with its machine, also if nothing else was built', async () => {
    await failedWith(137);
    expect(await recorded()).toMatchObject({
      jobs: [],
      shortages: [{ name: 'chat', machine: 'x86_64 medium', at: 160_000 }],
    });
  });

  test('is none if it failed for another reason, or in an earlier attempt of the run', async () => {
    await failedWith(1);
    await failedWith(137, 1);
    expect(await recorded()).not.toHaveProperty('shortages');
  });
});

describe('the times of single jobs are recorded, but not the run', () => {
  test('if another job failed', async () => {
    const { timing } = await report([SUCCEEDED[0], { service: 'chat', status: 'FAILED' }]);

    expect(timing).toBeUndefined();
    expect(await recorded()).toMatchObject({ jobs: [{ name: 'auth' }], runs: [] });
  });

  test('if the run was redriven, because nobody counted the hours between', async () => {
    expect((await report(SUCCEEDED, 1)).timing).toBeUndefined();
    expect((await recorded()).runs).toEqual([]);
  });

  test('if an image was built by another run', async () => {
    await built('chat', 0, 10, 'run-0');

    expect((await report()).timing).toBeUndefined();
    expect((await recorded()).jobs.map(({ name }) => name)).toEqual(['auth']);
  });
});

describe('statistics never fail a report', () => {
  test('a damaged record is replaced', async () => {
    await store.put(objectKeys.times(), '{"schema":1,"jobs":');
    await report();

    expect((await recorded()).jobs).toHaveLength(2);
  });

  test.each(['get', 'put'] as const)('a store that refuses to %s them is logged', async (verb) => {
    const refusing: ObjectStore = {
      ...store,
      [verb]: async (key: string, body: string) => {
        if (key === objectKeys.times() || (verb === 'get' && key.startsWith('candidates/')))
          throw new Error('AccessDenied');
        return verb === 'get' ? store.get(key) : store.put(key, body);
      },
    };

    expect(await report(SUCCEEDED, 0, refusing)).toMatchObject({ status: 'SUCCEEDED' });
    expect(logged.join('')).toMatch(/times not (read|recorded).*AccessDenied/);
  });
});
