/** What of a commit shows that a run of it would have nothing to do: nothing but the inputs and the version lock. */

import { objectKeys } from '../../../core/contract/keys';
import type { BranchHead } from '../../../core/ports/git';
import { filesOf } from '../../../core/settings/environment';
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
  needsRun({ action: 'push', ref: 'refs/heads/develop', commit }, settings, world.dependencies.git);

test('none is needed by the commit that released everything, and by one on top that no build reads', async () => {
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
  ['a version lock that cannot be read', { 'chart/version-lock.yaml': 'auth: [\n' }],
  ['a catalog that cannot be read', { 'pipeline.yaml': 'no: catalog\n' }],
  ['no values file', { 'chart/values.yaml': null }],
])('one is needed by a commit with %s', async (_, change) => {
  expect(await isNeeded(world.repository.commit('develop', change))).toBe(true);
});

test('one is needed by a squashed merge whose message ends like one of ours', async () => {
  const message = `all of it\n\nRun-Id: run-1\nSource: ${released}\n`;

  expect(await isNeeded(world.repository.commit('develop', { 'auth/main.py': 'print(8)\n' }, message))).toBe(true);
});

test('none is needed by a commit without a catalog', async () => {
  const commit = world.repository.commit('develop', { 'pipeline.yaml': null });

  expect(await isNeeded(commit)).toBe(false);
});

describe('a commit of our own', () => {
  const { lock } = filesOf({ name: 'default', values: 'chart/values.yaml' });
  const head = (commit: string): BranchHead => ({
    name: 'develop',
    commit,
    message: world.repository.git('log', '-1', '--format=%B', commit),
    committedAt: Date.now(),
  });
  const hides = (commit: string) => hidesPush(head(commit), settings, world.dependencies.git);
  let written = 0;
  /** As the commit step commits, for a run that was planned at `source`. */
  const commitAs = (run: string, source: string) => {
    written += 1;
    const text = `${world.repository.git('show', `develop:${lock}`)}\n# ${written}\n`;
    return world.repository.commit('develop', { [lock]: text }, `dev: it\n\nRun-Id: ${run}\nSource: ${source}\n`);
  };

  test('hides a push whose webhook was lost while an earlier run was on its way', async () => {
    world.repository.commit('develop', { 'auth/main.py': 'print("lost")\n' });

    expect(await hides(commitAs('push-develop-1', released))).toBe(true);
  });

  test('hides none if all inputs under it are recorded', async () => {
    world.repository.commit('develop', { 'README.md': 'a word\n' });

    expect(await hides(commitAs('push-develop-1', released))).toBe(false);
  });

  test.each(['rollback-v1-3-0-20261123T210501042', 'release-v1-4-0-20261123T210501042', 'a-name-of-their-own'])(
    'of run %s hides none: there the lock may differ from the source on purpose',
    async (run) => {
      const source = world.repository.commit('develop', { 'auth/main.py': 'print("kept back")\n' });

      expect(await hides(commitAs(run, source))).toBe(false);
    },
  );

  test('hides none if a rollback came between the plan and it', async () => {
    const source = world.repository.commit('develop', { 'auth/main.py': 'print("kept back")\n' });
    commitAs('rollback-v1-3-0-20261123T210501042', source);

    expect(await hides(commitAs('push-develop-1', source))).toBe(false);
  });

  test('hides a push although there was a rollback before the plan', async () => {
    const source = commitAs('rollback-v1-3-0-20261123T210501042', released);
    world.repository.commit('develop', { 'auth/main.py': 'print("lost")\n' });

    expect(await hides(commitAs('push-develop-1', source))).toBe(true);
  });

  describe('over a push that no one built', () => {
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
        needsRun: (push) => needsRun(push, settings, git),
        hidesPush: rememberedByHead((each) => hidesPush(each, settings, git)),
        executions,
        store,
        clock: { now: () => Date.now() },
      });
    };

    test('has one run started at it, and then no other', async () => {
      expect((await reconcile()).started).toEqual([expect.stringContaining(`push-develop-${commit.slice(0, 12)}-`)]);
      expect((await reconcile()).started).toEqual([]);
      executions.end(executions.started[1] ?? '', 'FAILED');
      expect((await reconcile()).started).toEqual([]);
    });

    test.each(['RUNNING', 'FAILED'] as const)(
      'has none started if the push has a run that came later, which is %s',
      async (status) => {
        const name = `${runPrefix('refs/heads/develop', pushed)}000000000000`;
        await executions.start({ name, input: { action: 'push', ref: 'refs/heads/develop', commit: pushed } });
        executions.end(name, status);

        expect((await reconcile()).started).toEqual([]);
      },
    );

    test('has one started although a later push was built, whose run committed before', async () => {
      const name = `${runPrefix('refs/heads/develop', released)}000000000000`;
      await executions.start({ name, input: { action: 'push', ref: 'refs/heads/develop', commit: released } });
      executions.end(name, 'SUCCEEDED');

      expect((await reconcile()).started).toHaveLength(1);
    });

    test('has one started although another branch has a later run', async () => {
      const name = `${runPrefix('refs/heads/feature/x', pushed)}000000000000`;
      await executions.start({ name, input: { action: 'push', ref: 'refs/heads/feature/x', commit: pushed } });

      expect((await reconcile()).started).toHaveLength(1);
    });
  });
});

test('what was found out of a head is asked once, a question that failed again', async () => {
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

test('takes no more requests of the git host than a plan', async () => {
  const before = world.calls.length;
  await isNeeded(released);

  expect(world.calls.slice(before)).toEqual(['tree', 'blobs', 'blobs']);
});

test('a branch that was quiet for so long that its runs are forgotten is left alone, until somebody pushes', async () => {
  const executions = fakeExecutions();
  const { git } = world.dependencies;
  const reconcile = () =>
    reconcileStep({
      settings,
      git,
      needsRun: (push) => needsRun(push, settings, git),
      hidesPush: (head) => hidesPush(head, settings, git),
      executions,
      store: world.dependencies.store,
      clock: { now: () => Date.now() + 91 * 24 * 60 * 60 * 1000 },
    });

  expect(await reconcile()).toMatchObject({ started: [], waiting: 0 });
  const pushed = world.repository.commit('develop', { 'ngui/index.html': '<html>lost</html>\n' });
  expect((await reconcile()).started).toEqual([expect.stringContaining(`push-develop-${pushed.slice(0, 12)}-`)]);
  expect((await reconcile()).started).toEqual([]);
});
