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
