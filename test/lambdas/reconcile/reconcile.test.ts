import fc from 'fast-check';
import { objectKeys } from '../../../core/contract/keys';
import type { BranchHead } from '../../../core/ports/git';
import { runPrefix } from '../../../core/webhook/decide';
import { reconcileStep } from '../../../lambdas/reconcile/reconcile';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { deliver, pushPayload, SECRET, settings } from '../webhook/deliveries';
import { type FakeExecutions, fakeExecutions } from '../webhook/fake-executions';

const NOW = 1_760_000_000_000;
const DAY = 24 * 60 * 60 * 1000;
const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
/** Returns the message of a run's commit. */
const messageOf = (run: string | undefined) =>
  `dev: auth v1.4.0-dev\n\n- auth v1.4.0-dev (sha256:0)\n\nRun-Id: ${run}\nSource: ${'1'.repeat(40)}\n`;

let executions: FakeExecutions;
let reports: Map<string, string>;

beforeEach(() => {
  executions = fakeExecutions();
  reports = new Map();
});

function head(name: string, commit: string, changes: Partial<BranchHead> = {}): BranchHead {
  return { name, commit, message: 'a change', committedAt: NOW, ...changes };
}

function reconcile(...branches: BranchHead[]) {
  const store = { get: async (key: string) => (reports.has(key) ? Buffer.from(reports.get(key) ?? '') : undefined) };
  return reconcileStep({
    settings,
    git: { branches: async () => branches },
    needsRun: async () => true,
    hidesPush: async () => false,
    executions,
    store,
    clock: { now: () => NOW },
  });
}

/** Delivers the webhook of a push that was made at `pushedAt`. */
async function deliverPush(ref: string, before: string, after: string, pushedAt: number): Promise<void> {
  const repository = { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: pushedAt };
  const body = pushPayload({ ref, before, after, repository, commits: [] });
  const secrets = { current: async () => [SECRET], refreshed: async () => [SECRET] };
  await receiveStep(deliver(body), { settings, secrets, executions, clock: { now: () => NOW } });
}

function endRun(name: string | undefined, commit: string | null): void {
  if (name === undefined) throw new Error('no run was started');
  executions.end(name, 'SUCCEEDED');
  reports.set(objectKeys.report(name), JSON.stringify({ commit }));
}

test('a push whose webhook was lost gets one run', async () => {
  const first = await reconcile(head('develop', A));
  const second = await reconcile(head('develop', A));

  expect(first.started).toHaveLength(1);
  expect(second.started).toEqual([]);
  expect(executions.started).toEqual(first.started);
});

test('the result contains the age of the oldest open run', async () => {
  const idle = await reconcile();
  await executions.start({ name: 'old', input: { action: 'rollback', version: 'v1.0.0' } });
  await executions.start({ name: 'new', input: { action: 'rollback', version: 'v1.1.0' } });
  executions.began('old', NOW - 7 * 3_600_000);
  executions.began('new', NOW - 3_600_000);
  const busy = await reconcile();
  executions.end('old', 'FAILED');
  const less = await reconcile();

  expect([idle, busy, less].map(({ oldestRunHours }) => oldestRunHours)).toEqual([0, 7, 1]);
});

test('a late delivery starts a second run only if the first one failed', async () => {
  await reconcile(head('develop', B));
  await deliverPush('refs/heads/develop', A, B, 1);
  expect(executions.started).toHaveLength(1);

  executions.end(executions.started[0] ?? '', 'FAILED');
  await deliverPush('refs/heads/develop', A, B, 1);
  expect(executions.started).toHaveLength(2);
});

test('a head gets a second run if it is pushed away and back after a catch-up run', async () => {
  const { started } = await reconcile(head('develop', B));
  endRun(started[0], 'c'.repeat(40));
  await deliverPush('refs/heads/develop', B, A, NOW / 1000 + 60);
  await deliverPush('refs/heads/develop', A, B, NOW / 1000 + 120);
  await deliverPush('refs/heads/develop', A, B, NOW / 1000 + 120);

  expect(executions.started).toHaveLength(3);
});

test('a late delivery starts nothing after the second catch-up run of its head', async () => {
  await reconcile(head('develop', B));
  endRun(executions.started[0], 'c'.repeat(40));
  executions.began(executions.started[0] ?? '', NOW - DAY);
  const again = await reconcile(head('develop', B));
  endRun(again.started[0], null);
  await deliverPush('refs/heads/develop', A, B, NOW / 1000 - 60);

  expect(executions.started).toEqual([expect.any(String), ...again.started]);
});

test('two concurrent rounds start one run', async () => {
  await Promise.all([reconcile(head('develop', A)), reconcile(head('develop', A))]);

  expect(executions.started).toHaveLength(1);
});

test.each(['RUNNING', 'SUCCEEDED', 'FAILED'] as const)(
  'a head whose webhook run is %s gets no second run',
  async (status) => {
    await deliverPush('refs/heads/develop', A, B, 1);
    executions.end(executions.started[0] ?? '', status);

    expect((await reconcile(head('develop', B))).started).toEqual([]);
  },
);

test('a commit of the pipeline gets no run, even before its run has reported', async () => {
  await executions.start({ name: 'run-1', input: { action: 'push', ref: 'refs/heads/develop', commit: B } });
  expect((await reconcile(head('develop', A, { message: messageOf('run-1') }))).started).toEqual([]);

  endRun('run-1', A);

  expect((await reconcile(head('develop', A, { message: messageOf('run-1') }))).started).toEqual([]);
});

test.each([
  'dev: auth v1.4.0-dev [run run-1] (#7)',
  "Merge branch 'image-pipeline/run-1-0a1b2c3d' into 'develop'\n\ndev: auth v1.4.0-dev [run run-1]",
])('the merge of the pull request of a run gets no run, whatever is left of its message: %j', async (message) => {
  await executions.start({ name: 'run-1', input: { action: 'push', ref: 'refs/heads/develop', commit: B } });
  expect((await reconcile(head('develop', A, { message }))).started).toEqual([]);

  endRun('run-1', A);

  expect((await reconcile(head('develop', A, { message }))).started).toEqual([]);
});

test.each([
  ['a run that made another commit', 'run-1'],
  ['a run without a commit', 'run-2'],
  ['an unknown run', 'run-3'],
  ['a path instead of a run', '../../settings'],
])('a commit whose message names %s gets a run', async (_, run) => {
  for (const [name, commit] of [
    ['run-1', B],
    ['run-2', null],
  ] as const) {
    await executions.start({ name, input: { action: 'rollback', version: 'v1.0.0' } });
    endRun(name, commit);
  }

  expect((await reconcile(head('develop', A, { message: messageOf(run) }))).started).toHaveLength(1);
});

test('a head gets a run if a forced push removed the commit of its earlier run', async () => {
  await reconcile(head('develop', A));
  endRun(executions.started[0], B);

  expect((await reconcile(head('develop', B, { message: messageOf(executions.started[0]) }))).started).toEqual([]);
  const again = await reconcile(head('develop', A));
  expect(again.started).toHaveLength(1);
  endRun(again.started[0], null);
  expect((await reconcile(head('develop', A))).started).toEqual([]);
});

test('branches with the same slug in run names get separate runs', async () => {
  await deliverPush('refs/heads/feature/a-b', A, B, 1);

  expect((await reconcile(head('feature/a-b', B), head('feature/a/b', B))).started).toHaveLength(1);
});

test('branches without a push rule, and stale branches of a pattern, get no run', async () => {
  const { started } = await reconcile(
    head('main', A),
    head('experiment', A),
    head('feature/old', A, { committedAt: NOW - 4 * DAY }),
    head('feature/new', A, { committedAt: NOW - 2 * DAY }),
    head('develop', A, { committedAt: NOW - 400 * DAY }),
  );

  expect(started).toHaveLength(2);
  expect(started.map((name) => name.split('-')[1]).sort()).toEqual(['develop', 'feature']);
});

test('each round starts a few runs until every head has one', async () => {
  const heads = Array.from({ length: 12 }, (_, index) => head(`feature/${index}`, A));

  const rounds = [
    await reconcile(...heads),
    await reconcile(...heads),
    await reconcile(...heads),
    await reconcile(...heads),
  ];

  expect(rounds.map(({ started, waiting }) => [started.length, waiting])).toEqual([
    [5, 7],
    [5, 2],
    [2, 0],
    [0, 0],
  ]);
});

test('every head has exactly one run after any mix of lost and duplicate webhooks', async () => {
  const push = fc.record({
    branch: fc.nat(4),
    isLost: fc.boolean(),
    isLate: fc.boolean(),
    isDoubled: fc.boolean(),
    isReconciled: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(push, { minLength: 1, maxLength: 40 }), async (pushes) => {
      executions = fakeExecutions();
      const heads = new Map<string, BranchHead>();
      const round = () => reconcile(...heads.values());
      for (const [index, { branch, isLost, isLate, isDoubled, isReconciled }] of pushes.entries()) {
        const name = branch === 0 ? 'develop' : `feature/${branch}`;
        const commit = (index + 1).toString(16).padStart(12, '0').padEnd(40, 'c');
        const before = heads.get(name)?.commit ?? '0'.repeat(40);
        heads.set(name, head(name, commit));
        if (!isLost) await deliverPush(`refs/heads/${name}`, before, commit, index + 1);
        if (!isLost && isDoubled) await deliverPush(`refs/heads/${name}`, before, commit, index + 1);
        if (isReconciled) await round();
        if (isLate) await deliverPush(`refs/heads/${name}`, before, commit, index + 1);
      }
      await round();
      await round();

      for (const { name, commit } of heads.values()) {
        const runs = executions.started.filter((run) => run.startsWith(runPrefix(`refs/heads/${name}`, commit)));
        expect(runs).toHaveLength(1);
      }
      expect(executions.started.length).toBeLessThanOrEqual(pushes.length);
    }),
    { numRuns: 200 },
  );
});
