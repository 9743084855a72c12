/** Writes the statuses of pods on a real cluster, in place of a kubelet, with the steps of the embedded cluster's kubelet. */
import { systemClock } from '../../../adapters/clock';
import { createHttpClient } from '../../../adapters/http/http-client';
import { readJson } from '../../../adapters/http/http-request';
import { openCluster } from '../../../adapters/kubernetes/cluster';
import type { ClusterAccess } from '../../../adapters/kubernetes/cluster-access';
import { ERROR_NAMES } from '../../../core/contract/errors';
import type { Pod } from '../../../core/ports/cluster';
import { runPods } from '../../../local/cluster/kubelet';
import type { Behaviour, NamespaceState } from '../../../local/cluster/namespace-state';
import { DIGESTS } from '../../contracts/cluster/cluster-contract';

export interface PodWriter {
  /** The namespaces whose pods are run. */
  readonly namespaces: Set<string>;
  behaviourOf: (namespace: string, service: string, image: string) => Behaviour;
  stop(): Promise<void>;
}

const PACE = 100;

export function startPodWriter(access: ClusterAccess): PodWriter {
  const cluster = openCluster(access, { clock: systemClock, random: Math.random });
  const http = createHttpClient({
    errorName: ERROR_NAMES.cluster,
    clock: systemClock,
    random: Math.random,
    tls: access.tls,
    allowLoopback: true,
  });
  const send = async (method: 'PATCH' | 'POST', path: string, type: string, body: object) =>
    http.exchange(
      {
        method,
        url: new URL(path, access.server),
        headers: { ...(await access.login()), 'content-type': type },
        body: JSON.stringify(body),
        // The pod may have been deleted in the meantime, and an event may be refused in a namespace that is ending.
        expect: [200, 201, 404, 403, 409],
      },
      (reply) => readJson(reply, 1e7),
    );
  const writer: Omit<PodWriter, 'stop'> = { namespaces: new Set(), behaviourOf: () => 'ready' };

  async function step(namespace: string): Promise<void> {
    const { deployments, replicaSets, pods } = await cluster.snapshot(namespace);
    const before: NamespaceState = { namespace, deployments, replicaSets, pods, events: [], progressedAt: {} };
    const after = await runPods(before, {
      now: Date.now(),
      registry: { head: async (_, tag) => DIGESTS[tag] },
      behaviourOf: (service, image) => writer.behaviourOf(namespace, service, image),
    });
    const root = `/api/v1/namespaces/${namespace}`;
    await Promise.all(
      after.pods.map(async (pod, index) => {
        if (JSON.stringify(pod.status) === JSON.stringify(pods[index]?.status)) return;
        const path = `${root}/pods/${pod.metadata.name}/status`;
        await send('PATCH', path, 'application/merge-patch+json', { status: withImages(pod) });
      }),
    );
    for (const { metadata, involvedObject, ...event } of after.events) {
      const body = {
        ...event,
        metadata: { name: metadata.name },
        involvedObject: { ...involvedObject, namespace, apiVersion: 'v1' },
      };
      await send('POST', `${root}/events`, 'application/json', { ...body, firstTimestamp: event.lastTimestamp });
    }
  }

  let isStopped = false;
  const loop = (async () => {
    while (!isStopped) {
      await Promise.all([...writer.namespaces].map(step));
      await systemClock.sleep(PACE);
    }
  })();
  return Object.assign(writer, {
    stop: async () => {
      isStopped = true;
      await loop;
    },
  });
}

/** The API requires an image for each status. */
function withImages({ spec, status }: Pod): object {
  const image = spec.containers[0]?.image ?? '';
  return {
    ...status,
    containerStatuses: status?.containerStatuses?.map((each) => ({ ...each, image })),
  };
}
