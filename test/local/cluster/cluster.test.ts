/** The embedded cluster keeps the contract of a cluster. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../adapters/clock';
import { openCluster } from '../../../adapters/kubernetes/cluster';
import { readKubeconfig } from '../../../adapters/kubernetes/kubeconfig';
import { startCluster } from '../../../local/cluster/start-cluster';
import { type ClusterUnderTest, clusterContract, DIGESTS } from '../../contracts/cluster/cluster-contract';

const registry = { head: async (_: unknown, tag: string) => DIGESTS[tag] };

clusterContract('the embedded cluster', async (): Promise<ClusterUnderTest> => {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-'));
  const cluster = await startCluster({ registry, pace: 20, progressDeadline: 300 });
  const path = join(folder, 'kubeconfig');
  await writeFile(path, cluster.kubeconfig());
  return {
    open: async (pageSize = 500) =>
      openCluster(await readKubeconfig(path), { clock: systemClock, random: Math.random, pageSize }),
    deploy: async (namespace, services) => cluster.apply(namespace, services),
    behave: async (namespace, service, behaviour, version) =>
      cluster.behave(service, behaviour, { namespace, ...(version === undefined ? {} : { version }) }),
    put: async (object) => cluster.put(object),
    close: async () => {
      await cluster.close();
      await rm(folder, { recursive: true });
    },
  };
});

test('a request of a page from another origin, and one that writes, is refused', async () => {
  const cluster = await startCluster({ registry });
  try {
    const statuses = await Promise.all([
      fetch(`${cluster.url}/apis`, { headers: { origin: 'http://example.com' } }),
      fetch(`${cluster.url}/api/v1/namespaces/shop/pods`, { method: 'DELETE' }),
      fetch(`${cluster.url}/api/v1/namespaces/shop/pods`),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([403, 405, 200]);
  } finally {
    await cluster.close();
  }
});

test('a namespace that has been quiet for a while reacts to behaviour and to a deployment', async () => {
  const cluster = await startCluster({ registry, pace: 5 });
  const opened = await openCluster(
    { server: new URL(`${cluster.url}/`), label: 'cluster', tls: {}, login: async () => ({}) },
    { clock: systemClock, random: Math.random },
  );
  const containers = async () =>
    (await opened.snapshot('shop')).pods.map(({ spec, status }) => ({
      image: spec.containers[0]?.image?.split(':').at(-1),
      isReady: status?.containerStatuses?.[0]?.ready ?? false,
    }));
  const all = (image: string, isReady: boolean) => async () => {
    const found = await containers();
    return found.length === 2 && found.every((pod) => pod.image === image && pod.isReady === isReady);
  };
  try {
    const [one = '', two = ''] = Object.keys(DIGESTS);
    cluster.apply('shop', { web: `registry.example/web:${one}` });
    await until(all(one, true));
    await systemClock.sleep(50);
    cluster.behave('web', 'crash');
    await until(all(one, false));
    cluster.behave('web', 'ready');
    await until(all(one, true));
    await systemClock.sleep(50);
    cluster.apply('shop', { web: `registry.example/web:${two}` });
    await until(all(two, true));
  } finally {
    await cluster.close();
  }
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(5);
}
