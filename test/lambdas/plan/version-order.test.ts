import { makePlanWorld, type PlanWorld, push } from './plan-world';

let world: PlanWorld;

beforeEach(() => {
  world = makePlanWorld();
});

afterEach(() => world.remove());

/** Puts a version of a service into the release registry, as a run on another branch would. */
function release(service: string, version: string): void {
  world.registry.seed({ host: 'registry.example', repository: `team/${service}` }, version, service);
}

/** Makes a push that changes one service. */
function pushOfChange(): object {
  world.repository.git('branch', 'develop', 'main');
  return push(world.repository.commit('develop', { 'ngui/index.html': 'new' }));
}

test('a push towards a version that another branch released is planned with the edit of the catalog', async () => {
  release('ngui', 'v1.4.0');
  const { warnings, totals } = await world.plan(pushOfChange());
  expect(warnings).toEqual([
    'v1.4.0 of ngui is released already, and v1.4.0-dev sorts before it; write `platform: v1.5.0` instead of v1.4.0 into pipeline.yaml',
  ]);
  expect(totals.build).toBe(4);
});

test('the proposal steps over versions that are out, too', async () => {
  for (const version of ['v1.4.0', 'v1.5.0', 'v1.6.0']) release('ngui', version);
  expect((await world.plan(pushOfChange())).warnings).toEqual([expect.stringContaining('`platform: v1.7.0`')]);
});

test('a push towards a version that is not out has no warning', async () => {
  release('ngui', 'v1.3.0');
  expect((await world.plan(pushOfChange())).warnings).toBeUndefined();
});

test('a push that only keeps images has no warning', async () => {
  world.repository.git('branch', 'develop', 'main');
  const commit = await world.releaseAll('develop');
  for (const name of ['auth', 'etcd', 'ngui', 'restapi']) release(name, 'v1.4.0');
  expect((await world.plan(push(commit))).warnings).toBeUndefined();
});

test.each([
  { action: 'build', services: ['ngui'], version: 'v1.4.0-rc-2', ref: 'main' },
  { action: 'release', version: 'v1.4.0-rc-2', ref: 'main' },
])('a $action of a development version that is out is refused before anything is built', async (input) => {
  release('ngui', 'v1.4.0');
  await expect(world.plan(input)).rejects.toThrow(
    /version: v1\.4\.0 of ngui is released already, and v1\.4\.0-rc-2 sorts before it; choose v1\.4\.1, v1\.5\.0 or v1\.4\.0-hotfix-1/,
  );
});

test('a hotfix of a version that is out is built', async () => {
  release('ngui', 'v1.4.0');
  const input = { action: 'build', services: ['ngui'], version: 'v1.4.0-hotfix-1', ref: 'main' };
  expect((await world.plan(input)).totals.build).toBe(1);
});
