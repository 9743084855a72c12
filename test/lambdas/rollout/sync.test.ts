/** The rollout step behind Argo CD and Flux: their objects are read from an embedded cluster, their revisions from a real repository. */
import { openCluster } from '../../../adapters/kubernetes/cluster';
import { type LocalCluster, startCluster } from '../../../local/cluster/start-cluster';
import { digestOf } from '../../support/cluster/objects';
import { createStillClock } from '../../support/pipeline/memory-state';
import { entry, makeRolloutWorld, type RolloutWorld, RUN } from './rollout-world';

const KINDS = {
  Application: { group: 'argoproj.io', version: 'v1alpha1', plural: 'applications', namespace: 'argocd' },
  Kustomization: {
    group: 'kustomize.toolkit.fluxcd.io',
    version: 'v1',
    plural: 'kustomizations',
    namespace: 'flux-system',
  },
  HelmRelease: { group: 'helm.toolkit.fluxcd.io', version: 'v2', plural: 'helmreleases', namespace: 'flux-system' },
};
type Kind = keyof typeof KINDS;

const FLUX = { with: 'flux', name: 'shop' };
const DEPLOY: Readonly<Record<Kind, object>> = {
  Application: { with: 'argocd', application: 'shop' },
  Kustomization: FLUX,
  HelmRelease: { ...FLUX, kind: 'HelmRelease' },
};

/** The status that each tool writes: of a commit that it has synced, that it tried without success, and that it works on. */
const STATUS: Readonly<Record<Kind, Readonly<Record<'synced' | 'failed', (commit: string) => object>>>> = {
  Application: {
    synced: (revision) => ({ sync: { status: 'Synced', revision }, operationState: { phase: 'Succeeded' } }),
    failed: (revision) => ({
      sync: { status: 'OutOfSync', revision },
      operationState: { phase: 'Failed', message: 'one or more objects failed to apply', syncResult: { revision } },
    }),
  },
  Kustomization: {
    synced: (commit) => ({ ...ready('True'), lastAppliedRevision: `main@sha1:${commit}` }),
    failed: (commit) => ({ ...ready('False'), lastAttemptedRevision: `main@sha1:${commit}` }),
  },
  HelmRelease: {
    synced: (commit) => ({ ...ready('True'), history: [{ status: 'deployed', chartVersion: chart(commit) }] }),
    failed: (commit) => ({ ...ready('False'), lastAttemptedRevision: chart(commit) }),
  },
};

function ready(status: 'True' | 'False') {
  const message = status === 'True' ? 'done' : 'one or more objects failed to apply';
  return { observedGeneration: 1, conditions: [{ type: 'Ready', status, reason: 'Reconciled', message }] };
}

function chart(commit: string): string {
  return `1.2.0+${commit.slice(0, 12)}`;
}

let cluster: LocalCluster;
let world: RolloutWorld;

afterEach(async () => {
  world.remove();
  await cluster.close();
});

/** Opens a world whose namespace runs the release, and calls the first step. */
async function begin(kind: Kind, part: object = { onFailure: 'stop' }): Promise<void> {
  const registry = { head: async (_: object, tag: string) => digestOf(tag === 'v2.0.0' ? '2' : '1') };
  cluster = await startCluster({ registry, pace: 5 });
  const place = { cluster: cluster.url, namespace: 'staging', minutes: 10 };
  const login = async () => ({});
  const access = { server: new URL(`${cluster.url}/`), label: 'cluster', tls: {}, login };
  const open = async () => openCluster(access, { clock: createStillClock(), random: () => 0.5 });
  world = await makeRolloutWorld({ deploy: { ...DEPLOY[kind], ...place }, ...part }, {}, open);
  const image = (name: string, version: string) => `registry.example/team/${name}:${version}`;
  cluster.apply('staging', { auth: image('auth', 'v2.0.0'), web: image('web', 'v1.0.0') });
  expect(await world.call('deploy')).toMatchObject({ next: 'verify' });
}

function put(kind: Kind, status: object): void {
  const { namespace, ...names } = KINDS[kind];
  const object = { metadata: { name: 'shop', uid: 'shop', generation: 1 }, spec: {}, status };
  cluster.put({ ...names, kind, namespace, object });
}

/** Looks until the workloads are complete, which takes some steps of the cluster. */
async function settled() {
  for (;;) {
    const step = await world.call('verify');
    const { services } = (await world.record()).report;
    if (services.every(({ state }) => state === 'converged')) return step;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const why = async () => (await world.record()).report.why;
const older = () => world.repository.git('rev-parse', `${world.commit}^`);

describe.each(Object.keys(KINDS) as Kind[])('an environment that is deployed by its %s', (kind) => {
  test('is verified once the released commit is synced, and not while an older one is', async () => {
    await begin(kind);
    expect(await settled()).toMatchObject({ next: 'wait' });
    put(kind, STATUS[kind].synced(older()));
    expect(await world.call('verify')).toMatchObject({ next: 'wait' });

    put(kind, STATUS[kind].synced(world.commit));
    expect(await world.call('verify')).toMatchObject({ next: 'done' });
    expect((await world.record()).report).toMatchObject({ end: 'verified' });
  });

  test('is verified by a later commit that contains the released one', async () => {
    await begin(kind);
    await settled();
    const later = world.repository.commit('main', { 'README.md': 'later' });
    put(kind, STATUS[kind].synced(later));

    expect(await world.call('verify')).toMatchObject({ next: 'done' });
  });

  test('fails if the released commit could not be synced, and not if an older one could not', async () => {
    await begin(kind);
    await settled();
    put(kind, STATUS[kind].failed(older()));
    expect(await world.call('verify')).toMatchObject({ next: 'wait' });

    put(kind, STATUS[kind].failed(world.commit));
    await expect(world.call('verify')).rejects.toMatchObject({
      name: 'DeployFailed',
      message: expect.stringContaining('one or more objects failed to apply'),
    });
  });

  test('fails after its minutes if the released commit is never synced, and is rolled back if the settings say so', async () => {
    await begin(kind, { onFailure: 'rollback' });
    put(kind, STATUS[kind].synced(older()));
    await settled();
    world.now += 10 * 60_000;

    const step = await world.call('verify');
    expect(step).toMatchObject({ next: 'rollBack', start: { input: { action: 'rollback', run: RUN } } });
    expect(await why()).toMatch(/^after 10 min: .*shop is at /);
  });
});

test('a missing object is named with its namespace', async () => {
  await begin('Application');
  await settled();
  world.now += 10 * 60_000;

  await expect(world.call('verify')).rejects.toThrow('after 10 min: namespace argocd has no application shop');
});

test('a newer release takes over, whichever commit is synced', async () => {
  await begin('Kustomization');
  await settled();
  world.commitLock({ auth: entry('v3.0.0', '3'), web: entry('v1.0.0') }, 'release-v3');

  expect(await world.call('verify')).toMatchObject({ next: 'done' });
  expect((await world.record()).report).toMatchObject({ end: 'superseded' });
});
