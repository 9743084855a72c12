/** Plans of an environment with several values files: what cannot be written later is refused before anything is built. */
import { objectKeys } from '../../../../core/contract/keys';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { CATALOG } from '../../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld } from '../plan-world';

const FILES = {
  'charts/auth/values.yaml': 'image: { tag: v1.3.0 }\n',
  'charts/web/values.yaml': 'image: { tag: v1.3.0 }\nngui: { image: { tag: v1.3.0 } }\n',
  'charts/shop/values.yaml': 'tag: &tag v1.3.0\netcd: { image: { tag: *tag } }\nrestapi: { image: { tag: *tag } }\n',
};
const NAMED = CATALOG.replace('{ path: auth,', '{ path: auth, values: { auth: image.tag },');

let world: PlanWorld;

beforeEach(() => {
  world = makePlanWorld();
  world.repository.commit('main', { ...FILES, 'pipeline.yaml': NAMED, 'chart/values.yaml': null });
  const values = Object.fromEntries(Object.keys(FILES).map((path) => [path.split('/')[1], path]));
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    environments: [{ name: 'default', values, lock: 'chart/version-lock.yaml' }],
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  Object.assign(world.dependencies, { settings });
});

afterEach(() => world.remove());

const pushed = () => ({
  action: 'push',
  ref: 'refs/heads/develop',
  commit: world.repository.git('rev-parse', 'main'),
});

const RUNS: readonly [string, () => object][] = [
  ['push', pushed],
  ['release', () => ({ action: 'release', version: 'v1.4.0', ref: 'main' })],
  ['build', () => ({ action: 'build', version: 'v1.4.0', ref: 'main', services: ['auth', 'ngui'] })],
];

test.each(RUNS)('a %s is planned, and asks the git host no more often than with one file', async (_, input) => {
  const plan = await world.plan(input());

  expect(plan.services.find(({ name }) => name === 'auth')?.values).toEqual([{ file: 'auth', path: 'image.tag' }]);
  expect(world.calls.length).toBeLessThanOrEqual(5);
});

test.each<[string, Readonly<Record<string, string | null>>, RegExp]>([
  [
    'is in two files without a declaration',
    { 'pipeline.yaml': CATALOG.replace('{ path: auth,', '{ path: auth, values: image.tag,') },
    /image\.tag: \(tag of service auth\) is in auth \(charts\/auth\/values\.yaml\), web \(.*\); name the file .* values: \{ auth: image\.tag \}/,
  ],
  [
    'is in no file',
    { 'charts/web/values.yaml': 'image: { tag: v1.3.0 }\n' },
    /ngui\.image\.tag: \(tag of service ngui\) is in none of auth .*correct `values` in the catalog/,
  ],
  [
    'is in a file that the environment does not have',
    { 'pipeline.yaml': NAMED.replace('{ auth: image', '{ api: image') },
    /image\.tag: \(tag of service auth\) is in the values file 'api', and the environment has auth/,
  ],
])('a service whose tag %s is refused before anything is built', async (_, change, message) => {
  world.repository.commit('main', change);

  for (const [, input] of RUNS) {
    await expect(world.plan(input())).rejects.toMatchObject({
      name: 'ValuesFile',
      message: expect.stringMatching(message),
    });
  }
  expect(await world.dependencies.store.exists(objectKeys.plan('run-1'))).toBe(false);
});

test('a chart that is to have the version of an unknown service is refused, and so is one without the fields', async () => {
  const { settings } = world.dependencies;
  const withCharts = (...charts: readonly object[]) => {
    const environments = settings.environments.map((environment) => ({ ...environment, charts }));
    Object.assign(world.dependencies, { settings: parseSettings({ ...settings, environments }) });
  };
  world.repository.commit('main', { 'charts/auth/Chart.yaml': 'name: auth\nversion: 0.1.0\n' });

  withCharts({ path: 'charts/auth', service: 'atuh' });
  await expect(world.plan(pushed())).rejects.toThrow(
    /environments\.default\.charts\.0\.service: 'atuh' is not a service/,
  );
  withCharts({ path: 'charts/auth', service: 'auth' });
  await expect(world.plan(pushed())).rejects.toThrow(/charts\/auth\/Chart\.yaml: appVersion .*: does not exist/);
  withCharts({ path: 'charts/nothing' });
  await expect(world.plan(pushed())).rejects.toThrow(/charts\/nothing\/Chart\.yaml: is not in commit/);
  withCharts({ path: 'charts/auth', service: 'auth', set: ['version'] });
  expect((await world.plan(pushed())).services).toHaveLength(4);
});

test('all values files that are missing are named', async () => {
  world.repository.commit('main', { 'charts/web/values.yaml': null, 'charts/shop/values.yaml': null });

  await expect(world.plan(pushed())).rejects.toThrow(
    /charts\/web\/values\.yaml: is not in commit .*\n.*charts\/shop\/values\.yaml: is not in commit/,
  );
});

test('a rollback is refused, too, if a tag has no place any more', async () => {
  await world.releaseAll('main');
  const lock = world.repository.git('show', 'main:chart/version-lock.yaml');
  for (const [, name = '', inputDigest = ''] of lock.matchAll(/^(\w+): .*inputDigest: "(\w+)"/gm)) {
    world.registry.seed({ host: 'registry.example', repository: `team/${name}` }, 'v1.3.0', name + inputDigest);
  }
  expect((await world.plan({ action: 'rollback', version: 'v1.3.0' })).services).toHaveLength(4);

  world.repository.commit('main', { 'charts/web/values.yaml': 'image: { tag: v1.3.0 }\n' });

  await expect(world.plan({ action: 'rollback', version: 'v1.3.0' }, 'run-2')).rejects.toThrow(
    /ngui\.image\.tag: \(tag of service ngui\) is in none of/,
  );
});
