/** `Chart.yaml` gets its versions in the commit of the release, and goes back in that of a rollback. */
import { createLocalGitHost } from '../../../../adapters/git/local/git-host';
import { objectKeys } from '../../../../core/contract/keys';
import type { ReleaseRecord } from '../../../../core/contract/release';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { commitStep } from '../../../../lambdas/commit/commit';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { createMemoryStore, createStillClock } from '../../../support/pipeline/memory-state';
import { pushOf, releaseOf, SERVICES } from '../../../support/races/race-world';

const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  environments: [
    {
      name: 'default',
      values: 'shop/values.yaml',
      charts: [{ path: 'shop' }, { path: 'charts/auth', service: 'auth', set: ['appVersion'] }],
    },
  ],
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
});

const SHOP = '# shop\nname: shop\nversion: 0.1.0\nappVersion: v0.1.0 # all of it\n';
const AUTH = 'name: auth\nversion: 3.0.0\nappVersion: "v0.1.0"\n';

let repository: TestRepository;
let base: string;

beforeEach(() => {
  repository = createRepository();
  base = repository.commit('main', {
    'pipeline.yaml': `platform: v1.1.0\nservices:\n${SERVICES.map((name) => `  ${name}: ${name}\n`).join('')}`,
    'shop/values.yaml': SERVICES.map((name) => `${name}: { image: { tag: v0.1.0 } }\n`).join(''),
    'shop/Chart.yaml': SHOP,
    'charts/auth/Chart.yaml': AUTH,
  });
});

afterEach(() => repository.remove());

async function commit(record: ReleaseRecord) {
  const store = createMemoryStore();
  await store.put(objectKeys.release(record.run), JSON.stringify(record));
  const git = createLocalGitHost(repository.path);
  const dependencies = { settings, git, valuesGit: git, store, clock: createStillClock(), random: () => 0 };
  return commitStep({ run: record.run }, dependencies);
}

const charts = () => ['shop', 'charts/auth'].map((path) => `${repository.git('show', `main:${path}/Chart.yaml`)}\n`);
const changed = () => repository.git('show', '--name-only', '--format=', 'main').split('\n');

test('a release moves both charts, a push only that of its service, each in one commit', async () => {
  await commit(releaseOf('run-1', base, 'v1.1.0'));
  const whole = [SHOP.replace('0.1.0', '1.1.0').replace('v0.1.0', 'v1.1.0'), AUTH.replace('v0.1.0', 'v1.1.0')];
  expect(charts()).toEqual(whole);
  expect(changed()).toEqual(expect.arrayContaining(['shop/Chart.yaml', 'charts/auth/Chart.yaml', 'shop/values.yaml']));
  const first = repository.git('rev-parse', 'main');

  await commit(pushOf('run-2', first, 'v1.2.0-dev', ['auth', 'ngui']));
  expect(charts()).toEqual([whole[0], AUTH.replace('v0.1.0', 'v1.2.0-dev')]);
  expect(changed()).not.toContain('shop/Chart.yaml');

  await commit(pushOf('run-3', first, 'v1.2.0-dev-2', ['ngui']));
  expect(changed()).not.toContain('charts/auth/Chart.yaml');

  const services = releaseOf('run-1', base, 'v1.1.0').services;
  await commit({
    ...releaseOf('run-4', repository.git('rev-parse', 'main'), 'v1.1.0'),
    action: 'rollback',
    rollbackTo: 'v1.1.0',
    services,
  });
  expect(charts()).toEqual(whole);
});

test('a chart that is missing leaves every file as it was', async () => {
  const head = repository.commit('main', { 'charts/auth/Chart.yaml': null });

  await expect(commit(releaseOf('run-1', base, 'v1.1.0'))).rejects.toThrow(/^charts\/auth\/Chart\.yaml is missing/);

  expect(repository.git('rev-parse', 'main')).toBe(head);
});
