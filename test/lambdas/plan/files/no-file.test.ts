/** Plans of an environment without values files: the version lock alone says what was released. */
import { parseSettings } from '../../../../core/settings/parse-settings';
import { makePlanWorld, type PlanWorld, push } from '../plan-world';

let world: PlanWorld;

beforeEach(() => {
  world = makePlanWorld();
  world.repository.commit('main', { 'chart/values.yaml': null, 'chart/Chart.yaml': null });
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    environments: [{ name: 'default', lock: 'chart/version-lock.yaml' }],
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  Object.assign(world.dependencies, { settings });
});

afterEach(() => world.remove());

test('a push builds what changed since the recorded release, and a release is planned', async () => {
  const commit = world.repository.git('rev-parse', 'main');
  expect((await world.plan(push(commit))).totals).toEqual({ build: 4, retag: 0, keep: 0 });

  await world.releaseAll('main');
  const changed = world.repository.commit('main', { 'auth/main.py': 'print(9)\n' });

  expect((await world.plan(push(changed), 'run-2')).totals).toEqual({ build: 1, retag: 0, keep: 3 });
  const release = await world.plan({ action: 'release', version: 'v1.4.0', ref: 'main' }, 'run-3');
  expect(release.totals).toEqual({ build: 1, retag: 3, keep: 0 });
});
