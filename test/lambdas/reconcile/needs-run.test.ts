/** What of a commit shows that a run of it would have nothing to do: nothing but the inputs and the version lock. */

import { needsRun } from '../../../lambdas/reconcile/needs-run';
import { reconcileStep } from '../../../lambdas/reconcile/reconcile';
import { FILES } from '../../support/small-pipeline';
import { makePlanWorld, type PlanWorld, settings } from '../plan/plan-world';
import { fakeExecutions } from '../webhook/fake-executions';

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
      executions,
      store: world.dependencies.store,
      clock: { now: () => Date.now() + 91 * 24 * 60 * 60 * 1000 },
    });

  expect(await reconcile()).toMatchObject({ started: [], waiting: 0 });
  const pushed = world.repository.commit('develop', { 'ngui/index.html': '<html>lost</html>\n' });
  expect((await reconcile()).started).toEqual([expect.stringContaining(`push-develop-${pushed.slice(0, 12)}-`)]);
  expect((await reconcile()).started).toEqual([]);
});
