import { codeBuildMachine, USUAL_MACHINE } from '../../../core/build-machine';
import type { BuildJob, PlanResult } from '../../../core/contract';
import { handOutJobs } from '../../../lambdas/plan/hand-out-jobs';
import { createMemoryStore } from '../../support/memory-state';

const jobs = (count: number): BuildJob[] =>
  Array.from({ length: count }, (_, index) => ({
    service: `service-${index}`,
    inputDigest: 'd'.repeat(40),
    candidate: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/candidates:service-${index}.${'d'.repeat(40)}`,
    bases: '{"digests":{},"images":{},"noCache":false}',
    machine: codeBuildMachine(USUAL_MACHINE),
    timeoutMinutes: 15,
  }));

function result(build: number): PlanResult {
  return {
    run: 'run-1',
    action: 'release',
    ref: 'main',
    commit: 'c'.repeat(40),
    dryRun: false,
    proceed: true,
    totals: { build, retag: 0, keep: 0 },
    approvalSeconds: 0,
    source: 's3://bucket/sources/c.tar.gz',
    stages: { apps: jobs(build), none: [] },
  };
}

test('jobs go with the result where the state machine has them in its data', async () => {
  expect(await handOutJobs(result(250), 'state', createMemoryStore())).toEqual(result(250));
});

test('jobs that the data has no room for are refused, with what to do', async () => {
  await expect(handOutJobs(result(1000), 'state', createMemoryStore())).rejects.toThrow(
    expect.objectContaining({
      name: 'InvalidSettings',
      message: expect.stringMatching(
        /^the 1000 jobs of this run have \d{6} bytes with their outcomes.*262144; set maxConcurrency to more/,
      ),
    }),
  );
});

test('jobs in the store are a file a stage, and the result says which', async () => {
  const store = createMemoryStore();

  const handed = await handOutJobs(result(1000), 'store', store);

  expect(handed).toEqual({
    ...result(1000),
    stages: { apps: [], none: [] },
    stored: {
      apps: { count: 1000, key: 'runs/run-1/jobs/apps.json' },
      none: { count: 0, key: 'runs/run-1/jobs/none.json' },
    },
  });
  expect(JSON.parse(String(await store.get('runs/run-1/jobs/apps.json')))).toEqual(jobs(1000));
  expect(await store.exists('runs/run-1/jobs/none.json')).toBe(false);
});
