/** Plans of an environment whose values files name the registry of the images. */
import { parseSettings } from '../../../../core/settings/parse-settings';
import { eachTest } from '../../../support/each-test';
import { makePromotionWorld } from '../promotion/promotion-world';

const LIVE = { host: 'live.example', namespace: 'shop' };

const world = eachTest(makePromotionWorld, (world) => world.remove());

function use(registry: object | undefined) {
  const { settings } = world.dependencies;
  const environments = settings.environments.map((environment) =>
    environment.name === 'production' ? { ...environment, registry } : environment,
  );
  Object.assign(world.dependencies, { settings: parseSettings({ ...settings, environments }) });
}

/** Writes where the chart pulls auth from, and returns the file's line of it. */
function name(branch: string, file: string, registry: string): number {
  const before = world.repository.git('show', `${branch}:${file}`);
  const text = `${before}\nglobal:\n  imageRegistry: ${registry}\n`;
  world.repository.commit(branch, { [file]: text });
  return text.split('\n').findIndex((line) => line.includes('imageRegistry')) + 1;
}

test('a promotion is refused before anything is built, with file, line and the text to write', async () => {
  use(LIVE);
  world.commitRelease('develop', { version: 'v1.4.0' });
  name('main', 'chart/values.yaml', 'registry.example');

  const [first, ...others] = await world.problemsOf({
    action: 'promote',
    ref: 'main',
    from: 'v1.4.0',
    version: 'v1.4.0',
    environment: 'production',
  });

  expect(others).toEqual([]);
  expect(first).toContain(
    `chart/values.yaml: global.imageRegistry: is 'registry.example', the registry of the releases`,
  );
  expect(first).toContain('pulls auth from live.example/shop, its own registry; write live.example');
});

test('values that name the registry of the environment are planned without a word', async () => {
  use(LIVE);
  world.commitRelease('develop', { version: 'v1.4.0' });
  name('main', 'chart/values.yaml', 'live.example');

  const plan = await world.plan({
    action: 'promote',
    ref: 'main',
    from: 'v1.4.0',
    version: 'v1.4.0',
    environment: 'production',
  });

  expect(plan.totals.retag).toBe(4);
  expect(plan).not.toHaveProperty('warnings');
});

test('a rollback is planned with a warning, because it fills a registry that the values files do not name yet', async () => {
  use(LIVE);
  world.commitRelease('main', { version: 'v1.3.0' });
  const line = name('main', 'chart/values.yaml', 'registry.example');

  const { warnings } = await world.plan({
    action: 'rollback',
    ref: 'main',
    version: 'v1.3.0',
    environment: 'production',
  });

  expect(warnings).toEqual([expect.stringContaining(`chart/values.yaml: global.imageRegistry (line ${line}) is`)]);
});

test('a push is refused if the values name the registry of another environment', async () => {
  use(LIVE);
  name('develop', 'chart/values-staging.yaml', 'live.example/shop');
  const commit = world.repository.git('rev-parse', 'develop');
  const found = await world.problemsOf({ action: 'push', ref: 'refs/heads/develop', commit });
  expect(found.join()).toContain('the registry of environment production, and environment staging pulls');
});

test('a registry that no setting names is a warning of the plan', async () => {
  name('develop', 'chart/values-staging.yaml', 'cache.example');
  const commit = world.repository.git('rev-parse', 'develop');
  const plan = await world.plan({ action: 'push', ref: 'refs/heads/develop', commit });
  expect(plan.warnings).toEqual([expect.stringContaining('cache.example')]);
});
