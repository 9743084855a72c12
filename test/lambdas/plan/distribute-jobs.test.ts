import type { BuildJob, ModuleJob } from '../../../core/contract/job';
import { USUAL_MACHINE } from '../../../core/contract/job';
import type { PlanResult } from '../../../core/contract/plan';
import { codeBuildMachine } from '../../../core/image/build-images';
import { distributeJobs } from '../../../lambdas/plan/plan';
import { createMemoryStore } from '../../support/pipeline/memory-state';

const jobs = (count: number): BuildJob[] =>
  Array.from({ length: count }, (_, index) => ({
    service: `service-${index}`,
    inputDigest: 'd'.repeat(40),
    candidate: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/candidates:service-${index}.${'d'.repeat(40)}`,
    bases: '{"digests":{},"images":{},"noCache":false}',
    machine: codeBuildMachine(USUAL_MACHINE),
    timeoutMinutes: 15,
  }));

const MODULE: ModuleJob = {
  service: 'module/cloud_adapter',
  module: 'cloud_adapter',
  kind: 'python',
  contentDigest: 'd'.repeat(40),
  version: '1.0.0.dev281474976710655',
  packages: 'bucket/packages/cloud_adapter/d/',
  timeoutMinutes: 15,
};

function result(build: number): PlanResult {
  return {
    run: 'run-1',
    action: 'release',
    ref: 'main',
    commit: 'c'.repeat(40),
    dryRun: false,
    proceed: true,
    environment: 'default',
    totals: { build, retag: 0, keep: 0 },
    approvalSeconds: 0,
    source: 'bucket/sources/c/',
    stages: { apps: jobs(build), none: [] },
    modules: { libraries: [MODULE], none: [] },
  };
}

test('jobs are part of the result if the state machine has them in its data', async () => {
  expect(await distributeJobs(result(250), 'state', createMemoryStore())).toEqual(result(250));
});

test('the data may have 262,144 bytes, with 200 for the outcome of each job, of modules, too', async () => {
  const jobsOfBoth = 250 + 1;
  const room = 262_144 - 200 * jobsOfBoth - Buffer.byteLength(JSON.stringify(result(250)));
  const padded = (more: number): PlanResult => ({ ...result(250), commit: 'c'.repeat(40 + room + more) });

  expect(await distributeJobs(padded(0), 'state', createMemoryStore())).toEqual(padded(0));
  await expect(distributeJobs(padded(1), 'state', createMemoryStore())).rejects.toThrow('have 262145 bytes');
});

test('jobs that do not fit into the data are refused with the fix', async () => {
  await expect(distributeJobs(result(1000), 'state', createMemoryStore())).rejects.toThrow(
    expect.objectContaining({
      name: 'InvalidSettings',
      message: expect.stringMatching(
        /^the 1000 jobs of this run have \d{6} bytes with their outcomes.*262144; set maxConcurrency to more/,
      ),
    }),
  );
});

test('jobs in the store are one object for each stage, which the result names', async () => {
  const store = createMemoryStore();

  const handed = await distributeJobs(result(1000), 'store', store);

  expect(handed).toEqual({
    ...result(1000),
    stages: { apps: [], none: [] },
    modules: { libraries: [], none: [] },
    storedModules: {
      libraries: { count: 1, key: 'runs/run-1/modules/libraries.json' },
      none: { count: 0, key: 'runs/run-1/modules/none.json' },
    },
    stored: {
      apps: { count: 1000, key: 'runs/run-1/jobs/apps.json' },
      none: { count: 0, key: 'runs/run-1/jobs/none.json' },
    },
  });
  expect(JSON.parse(String(await store.get('runs/run-1/jobs/apps.json')))).toEqual(jobs(1000));
  expect(JSON.parse(String(await store.get('runs/run-1/modules/libraries.json')))).toEqual([MODULE]);
  expect(await store.exists('runs/run-1/jobs/none.json')).toBe(false);
});
