/** The kubelet of the embedded cluster: pulls images by tag from the registry, and lets pods start or fail as they were told. */
import { messageOf } from '../../core/contract/errors';
import { parseReference, printReference } from '../../core/image/reference';
import type { ContainerState, ContainerStatus, Pod } from '../../core/ports/cluster';
import type { ImageRegistry } from '../../core/ports/registry';
import { type Behaviour, type NamespaceState, withWarning } from './namespace-state';

export interface Node {
  readonly now: number;
  readonly registry: Pick<ImageRegistry, 'head'>;
  readonly behaviourOf: (service: string, image: string) => Behaviour;
}

interface Warning {
  readonly reason: string;
  readonly message: string;
}

interface Step {
  readonly status: NonNullable<Pod['status']>;
  readonly warning?: Warning;
}

/** Returns the namespace after one step of every pod. */
export async function runPods(state: NamespaceState, node: Node): Promise<NamespaceState> {
  const steps = await Promise.all(state.pods.map((pod) => stepOf(pod, serviceOf(state, pod), node)));
  const pods = state.pods.map((pod, index) => ({ ...pod, status: steps[index]?.status ?? {} }));
  return steps.reduce<NamespaceState>(
    (current, { warning }, index) => {
      const pod = state.pods[index];
      return warning === undefined || pod === undefined
        ? current
        : withWarning(current, { kind: 'Pod', metadata: pod.metadata }, warning, node.now);
    },
    { ...state, pods },
  );
}

/** Returns the images of the service's ready pods, the oldest pod first. */
export function readyImages(state: NamespaceState, service: string): readonly string[] {
  return state.pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && pod.status?.containerStatuses?.[0]?.ready === true)
    .filter((pod) => serviceOf(state, pod) === service)
    .map(({ spec }) => spec.containers[0]?.image ?? '');
}

function serviceOf({ replicaSets, deployments }: NamespaceState, { metadata }: Pod): string {
  const set = replicaSets.find((each) => each.metadata.uid === metadata.ownerReferences?.[0]?.uid);
  const owner = set?.metadata.ownerReferences?.[0]?.uid;
  return deployments.find((each) => each.metadata.uid === owner)?.metadata.name ?? '';
}

async function stepOf({ metadata, spec, status = {} }: Pod, service: string, node: Node): Promise<Step> {
  if (metadata.deletionTimestamp !== undefined) return { status };
  const image = spec.containers[0]?.image ?? '';
  const behaviour = node.behaviourOf(service, image);
  const container = status.containerStatuses?.[0];
  if (container === undefined) {
    if (behaviour === 'unschedulable') return unschedulable();
    return { status: podStatus('Pending', { ...NEW, state: { waiting: { reason: 'ContainerCreating' } } }) };
  }
  if (container.imageID === '') {
    const pulled = await pull(image, behaviour, node.registry);
    if ('error' in pulled) return failedPull(container, image, pulled.error);
    return { status: podStatus('Running', { ...container, imageID: pulled.imageID, state: { running: {} } }) };
  }
  switch (behaviour) {
    case 'crash':
      return crashed(container, { exitCode: 1, reason: 'Error' });
    case 'out-of-memory':
      return crashed(container, { exitCode: 137, reason: 'OOMKilled' });
    case 'never-ready':
      return {
        status: podStatus('Running', { ...container, ready: false, state: { running: {} } }),
        warning: { reason: 'Unhealthy', message: 'Readiness probe failed: HTTP probe failed with statuscode: 503' },
      };
    default:
      return { status: podStatus('Running', { ...container, ready: true, state: { running: {} } }) };
  }
}

const NEW: ContainerStatus = { name: 'app', imageID: '', ready: false, restartCount: 0 };

function podStatus(phase: string, container: ContainerStatus): NonNullable<Pod['status']> {
  const ready = { type: 'Ready', status: container.ready ? 'True' : 'False' };
  return {
    phase,
    conditions: [{ type: 'PodScheduled', status: 'True' }, ready],
    containerStatuses: [container],
  };
}

function unschedulable(): Step {
  const message = '0/1 nodes are available: 1 Insufficient cpu.';
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  return {
    status: { phase: 'Pending', conditions: [condition] },
    warning: { reason: 'FailedScheduling', message },
  };
}

/** Asks the registry for the digest of the tag, as a node does at each start of a pod, and writes it as containerd does. */
async function pull(
  image: string,
  behaviour: Behaviour,
  registry: Node['registry'],
): Promise<{ readonly imageID: string } | { readonly error: string }> {
  if (behaviour === 'pull-error') return { error: 'unexpected status from HEAD request: 403 Forbidden' };
  try {
    const { host, repository, tag = 'latest', digest } = parseReference(image);
    const found = await registry.head({ host, repository }, digest ?? tag);
    if (found === undefined) return { error: `${image}: not found` };
    return { imageID: printReference({ host, repository, digest: found }) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** The first failure is reported as ErrImagePull, and the wait before the next try as ImagePullBackOff. */
function failedPull(container: ContainerStatus, image: string, error: string): Step {
  const message = `Failed to pull image "${image}": ${error}`;
  const isFirst = container.state?.waiting?.reason === 'ContainerCreating';
  const waiting = isFirst
    ? { reason: 'ErrImagePull', message: error }
    : { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` };
  return {
    status: podStatus('Pending', { ...container, state: { waiting } }),
    warning: { reason: 'Failed', message },
  };
}

function crashed(container: ContainerStatus, terminated: NonNullable<ContainerState['terminated']>): Step {
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' };
  return {
    status: podStatus('Running', {
      ...container,
      ready: false,
      restartCount: container.restartCount + 1,
      state: { waiting },
      lastState: { terminated },
    }),
    warning: { reason: 'BackOff', message: 'Back-off restarting failed container' },
  };
}
