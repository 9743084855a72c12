/** The embedded GitOps tool deploys what the files of an environment name: one of several values files, or the version lock alone. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { SettingsInput } from '../../../core/settings/schema';
import { type LockEntry, printVersionLock } from '../../../core/version/version-lock';
import { startEnvironments } from '../../../local/cluster/environments';
import { openLocalCluster } from '../../../local/runtime/local-rollout';
import { freePort } from '../../../local/runtime/loopback';
import { createRepository, type TestRepository } from '../../support/git/git-repository';

type EnvironmentInput = NonNullable<SettingsInput['environments']>[number];

let repository: TestRepository;

beforeEach(() => {
  repository = createRepository();
});

afterEach(() => repository.remove());

/** Returns the images of the environment's namespace, once there are any. */
async function deployed(files: Pick<EnvironmentInput, 'values' | 'lock'>): Promise<readonly (string | undefined)[]> {
  const address = `http://127.0.0.1:${await freePort()}`;
  const place = { application: 'shop', cluster: address, namespace: 'shop' };
  const settings = parseSettings({
    git: { host: 'local', path: repository.path },
    environments: [{ name: 'live', deploy: { with: 'argocd', ...place }, ...files }],
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  const git = createLocalGitHost(repository.path);
  const environments = await startEnvironments(settings, { git, valuesGit: git });
  try {
    const cluster = await openLocalCluster(address, {});
    for (;;) {
      const { deployments } = await cluster.snapshot('shop');
      if (deployments.length > 0) return deployments.map(({ spec }) => spec.template.spec.containers[0]?.image).sort();
    }
  } finally {
    await environments.close();
  }
}

const CATALOG =
  'platform: v1.4.0\nservices:\n  api: { values: { api: image.tag } }\n  web: { values: [web.image.tag] }\n  new:\n';

test('each service has the tag of its own values file', async () => {
  repository.commit('main', {
    'pipeline.yaml': CATALOG,
    'charts/api/values.yaml': 'image: { tag: v1.4.0 }\n',
    'charts/shop/values.yaml': 'image: { tag: v0.1.0 }\nweb: { image: { tag: v1.5.0 } }\n',
  });
  const values = { api: 'charts/api/values.yaml', shop: 'charts/shop/values.yaml' };

  expect(await deployed({ values, lock: 'version-lock.yaml' })).toEqual([
    'registry.example/team/api:v1.4.0',
    'registry.example/team/web:v1.5.0',
  ]);
});

test('without values files each service has the version of the lock', async () => {
  const entry = (version: string): LockEntry => ({
    version,
    digest: `sha256:${'a'.repeat(64)}`,
    inputDigest: 'b'.repeat(40),
    source: 'c'.repeat(40),
  });
  const lock = new Map([
    ['api', entry('v1.4.0')],
    ['web', entry('v1.3.9')],
  ]);
  repository.commit('main', { 'pipeline.yaml': CATALOG, 'version-lock.yaml': printVersionLock(lock) });

  expect(await deployed({ lock: 'version-lock.yaml' })).toEqual([
    'registry.example/team/api:v1.4.0',
    'registry.example/team/web:v1.3.9',
  ]);
});
