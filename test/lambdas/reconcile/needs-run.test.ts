/** Only the inputs and the version lock of a commit decide if it needs a run. */
import { objectKeys } from '../../../core/contract/keys';
import type { BranchHead } from '../../../core/ports/git';
import { filesOf } from '../../../core/settings/files/environment-files';
import { runPrefix } from '../../../core/webhook/decide';
import { hidesPush, needsRun, rememberedByHead } from '../../../lambdas/reconcile/needs-run';
import { reconcileStep } from '../../../lambdas/reconcile/reconcile';
import { FILES } from '../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld, settings } from '../plan/plan-world';
import { type FakeExecutions, fakeExecutions } from '../webhook/fake-executions';

let world: PlanWorld;
let released: string;

beforeEach(async () => {
  world = makePlanWorld();
  world.repository.git('branch', 'develop', 'main');
  released = await world.releaseAll('develop');
});

afterEach(() => world.remove());

const isNeeded = (commit: string) =>
  needsRun({ action: 'push', ref: 'refs/heads/develop', commit }, settings, world.dependencies);

test('the release commit needs no run, nor does a later commit that changes no input', async () => {
  const documented = world.repository.commit('develop', { 'README.md': 'a word\n' });

  expect(await isNeeded(released)).toBe(false);
  expect(await isNeeded(documented)).toBe(false);
});

test.each([
  ['a changed input', { 'auth/main.py': 'print(7)\n' }],
  [
    'a new service',
    {
      'pipeline.yaml': `${FILES['pipeline.yaml']}  extra: { path: extra, stage: apps }\n`,
      'extra/Dockerfile': 'FROM scratch\n',
    },
  ],
  ['no version lock', { 'chart/version-lock.yaml': null }],
  ['a malformed version lock', { 'chart/version-lock.yaml': 'auth: [\n' }],
  ['a malformed catalog', { 'pipeline.yaml': 'no: catalog\n' }],
  ['no values file', { 'chart/values.yaml': null }],
])('a commit with %s needs a run', async (_, change) => {
  expect(await isNeeded(world.repository.commit('develop', change))).toBe(true);
});

test('a squashed merge needs a run although its message ends with the pipeline’s trailers', async () => {
  const message = `all of it\n\nRun-Id: run-1\nSource: ${released}\n`;

  expect(await isNeeded(world.repository.commit('develop', { 'auth/main.py': 'print(8)\n' }, message))).toBe(true);
});

test('a commit without a catalog needs no run', async () => {
  const commit = world.repository.commit('develop', { 'pipeline.yaml': null });

  expect(await isNeeded(commit)).toBe(false);
});

describe('a commit of the pipeline', () => {
  const { lock } = filesOf({ values: 'chart/values.yaml' });
  const head = (commit: string): BranchHead => ({
    name: 'develop',
    commit,
    message: world.repository.git('log', '-1', '--format=%B', commit),
    committedAt: Date.now(),
  });
  const hides = (commit: string) => hidesPush(head(commit), settings, world.dependencies);
  let written = 0;
  /** Commits like the commit step, for a run that was planned at `source`. */
  const commitAs = (run: string, source: string) => {
    written += 1;
    const text = `${world.repository.git('show', `develop:${lock}`)}\n# ${written}\n`;
    return world.repository.commit('develop', { [lock]: text }, `dev: it\n\nRun-Id: ${run}\nSource: ${source}\n`);
  };

  test('hides a push whose webhook was lost during an earlier run', async () => {
    world.repository.commit('develop', { 'auth/main.py': 'print("lost")\n' });

    expect(await hides(commitAs('push-develop-1', released))).toBe(true);
  });

  test('hides nothing if the version lock covers all inputs below it', async () => {
    world.repository.commit('develop', { 'README.md': 'a word\n' });

    expect(await hides(commitAs('push-develop-1', released))).toBe(false);
  });

  test.each(['rollback-v1-3-0-20261123T210501042', 'release-v1-4-0-20261123T210501042', 'a-name-of-their-own'])(
    'of run %s hides nothing, because its lock may differ from the source on purpose',
    async (run) => {
      const source = world.repository.commit('develop', { 'auth/main.py': 'print("kept back")\n' });

      expect(await hides(commitAs(run, source))).toBe(false);
    },
  );

  test('hides nothing if a rollback was committed after the plan', async () => {
    const source = world.repository.commit('develop', { 'auth/main.py': 'print("kept back")\n' });
    commitAs('rollback-v1-3-0-20261123T210501042', source);

    expect(await hides(commitAs('push-develop-1', source))).toBe(false);
  });

  test('hides a push even if a rollback was committed before the plan', async () => {
    const source = commitAs('rollback-v1-3-0-20261123T210501042', released);
    world.repository.commit('develop', { 'auth/main.py': 'print("lost")\n' });

    expect(await hides(commitAs('push-develop-1', source))).toBe(true);
  });

  describe('on top of a push without a build', () => {
    const OWN = 'push-develop-0123456789ab-01234567-1';
    let commit: string;
    let pushed: string;
    let executions: FakeExecutions;

    beforeEach(async () => {
      executions = fakeExecutions();
      const input = { action: 'push', ref: 'refs/heads/develop', commit: released } as const;
      await executions.start({ name: OWN, input });
      executions.end(OWN, 'SUCCEEDED');
      pushed = world.repository.commit('develop', { 'auth/main.py': 'print("lost")\n' });
      commit = commitAs(OWN, released);
      await world.dependencies.store.put(objectKeys.report(OWN), JSON.stringify({ commit }));
    });

    const reconcile = () => {
      const { git, store } = world.dependencies;
      return reconcileStep({
        settings,
        git,
        needsRun: (push) => needsRun(push, settings, world.dependencies),
        hidesPush: rememberedByHead((each) => hidesPush(each, settings, world.dependencies)),
        executions,
        store,
        clock: { now: () => Date.now() },
      });
    };

    test('gets exactly one run', async () => {
      expect((await reconcile()).started).toEqual([expect.stringContaining(`push-develop-${commit.slice(0, 12)}-`)]);
      expect((await reconcile()).started).toEqual([]);
      executions.end(executions.started[1] ?? '', 'FAILED');
      expect((await reconcile()).started).toEqual([]);
    });

    test.each(['RUNNING', 'FAILED'] as const)('gets no run if the push has a later run that is %s', async (status) => {
      const name = `${runPrefix('refs/heads/develop', pushed)}000000000000`;
      await executions.start({ name, input: { action: 'push', ref: 'refs/heads/develop', commit: pushed } });
      executions.end(name, status);

      expect((await reconcile()).started).toEqual([]);
    });

    test('gets a run although a later push was built and committed before it', async () => {
      const name = `${runPrefix('refs/heads/develop', released)}000000000000`;
      await executions.start({ name, input: { action: 'push', ref: 'refs/heads/develop', commit: released } });
      executions.end(name, 'SUCCEEDED');

      expect((await reconcile()).started).toHaveLength(1);
    });

    test('gets a run although another branch has a later run', async () => {
      const name = `${runPrefix('refs/heads/feature/x', pushed)}000000000000`;
      await executions.start({ name, input: { action: 'push', ref: 'refs/heads/feature/x', commit: pushed } });

      expect((await reconcile()).started).toHaveLength(1);
    });
  });
});

test('the result for a head is cached, but a failure is retried', async () => {
  const asked: string[] = [];
  let fails = true;
  const ask = rememberedByHead(async ({ commit }) => {
    asked.push(commit);
    if (fails) throw new Error('the git host is down');
    return true;
  });
  const head = (commit: string): BranchHead => ({ name: 'develop', commit, message: '', committedAt: 0 });

  await expect(ask(head('a'))).rejects.toThrow('down');
  fails = false;
  expect([await ask(head('a')), await ask(head('a')), await ask(head('b'))]).toEqual([true, true, true]);
  expect(asked).toEqual(['a', 'a', 'b']);
});

test('the check makes no more git host requests than a plan', async () => {
  const before = world.calls.length;
  await isNeeded(released);

  expect(world.calls.slice(before)).toEqual(['tree', 'blobs', 'blobs']);
});

test('a branch whose runs have expired gets no run until the next push', async () => {
  const executions = fakeExecutions();
  const { git } = world.dependencies;
  const reconcile = () =>
    reconcileStep({
      settings,
      git,
      needsRun: (push) => needsRun(push, settings, world.dependencies),
      hidesPush: (head) => hidesPush(head, settings, world.dependencies),
      executions,
      store: world.dependencies.store,
      clock: { now: () => Date.now() + 91 * 24 * 60 * 60 * 1000 },
    });

  expect(await reconcile()).toMatchObject({ started: [], waiting: 0 });
  const pushed = world.repository.commit('develop', { 'ngui/index.html': '<html>lost</html>\n' });
  expect((await reconcile()).started).toEqual([expect.stringContaining(`push-develop-${pushed.slice(0, 12)}-`)]);
  expect((await reconcile()).started).toEqual([]);
});
