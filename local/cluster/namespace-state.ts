/** The state of one namespace of the embedded cluster: the objects that the API serves, and what only its controllers know. */
import { randomUUID } from 'node:crypto';
import type {
  ClusterEvent,
  Deployment,
  NamespaceSnapshot,
  ObjectMeta,
  Pod,
  ReplicaSet,
} from '../../core/ports/cluster';

/** The behaviour of a service's pods. `quota` refuses new pods only. An `unhealthy` pod is ready, and answers requests with an error. */
export type Behaviour =
  | 'ready'
  | 'unhealthy'
  | 'crash'
  | 'out-of-memory'
  | 'pull-error'
  | 'never-ready'
  | 'unschedulable'
  | 'quota';

/** An event as it is stored. */
export type StoredEvent = ClusterEvent & { readonly metadata: ObjectMeta };

/** Only these lists ever have objects. */
export interface NamespaceState extends Pick<NamespaceSnapshot, 'namespace' | 'deployments' | 'replicaSets' | 'pods'> {
  readonly events: readonly StoredEvent[];
  /** When each Deployment made progress for the last time, by uid, in ms since 1970. */
  readonly progressedAt: Readonly<Record<string, number>>;
}

export function emptyNamespace(namespace: string): NamespaceState {
  return { namespace, deployments: [], replicaSets: [], pods: [], events: [], progressedAt: {} };
}

/** The number of pods of each service: an upgrade of two has a moment with both versions. */
const REPLICAS = 2;

/**
 * Changes the namespace to have exactly these services, each as one Deployment: `{ web: 'registry/acme/web:v1.4.0' }`. As with Helm,
 * services that are not named are removed, and one that is the same as before is not touched.
 */
export function applyWorkloads(
  state: NamespaceState,
  workloads: Readonly<Record<string, string>>,
  now: number,
): NamespaceState {
  const deployments = Object.entries(workloads).map(([service, image]) => {
    const known = state.deployments.find(({ metadata }) => metadata.name === service);
    return known === undefined ? newDeployment(service, image, now) : withImage(known, image);
  });
  const kept = new Set(deployments.map(({ metadata }) => metadata.uid));
  const replicaSets = state.replicaSets.filter((set) => kept.has(ownerOf(set)));
  const sets = new Set(replicaSets.map(({ metadata }) => metadata.uid));
  const isChanged = (deployment: Deployment) => !state.deployments.includes(deployment);
  const times = deployments.filter(isChanged).map(({ metadata }) => [metadata.uid, now] as const);
  return {
    ...state,
    deployments,
    replicaSets,
    pods: state.pods.filter((pod) => sets.has(ownerOf(pod))),
    progressedAt: { ...state.progressedAt, ...Object.fromEntries(times) },
  };
}

/** Returns the uid of the object's controller. */
export function ownerOf({ metadata }: Pick<Pod | ReplicaSet, 'metadata'>): string {
  return metadata.ownerReferences?.[0]?.uid ?? '';
}

/** Returns the metadata of a new object. */
export function newMeta(name: string, now: number, owner?: { readonly kind: string; readonly metadata: ObjectMeta }) {
  const reference = owner && { kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true };
  return {
    name,
    uid: randomUUID(),
    generation: 1,
    creationTimestamp: printTime(now),
    ...(reference === undefined ? {} : { ownerReferences: [reference] }),
  };
}

/** Prints a time as Kubernetes does: without parts of a second. */
export function printTime(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** The newest events are kept; Kubernetes keeps them for an hour. */
const MAX_EVENTS = 500;

/** Returns the state with a warning about an object. One that repeats is the same event with a new time, as in Kubernetes. */
export function withWarning(
  state: NamespaceState,
  { kind, metadata }: { readonly kind: string; readonly metadata: ObjectMeta },
  { reason, message }: { readonly reason: string; readonly message: string },
  now: number,
): NamespaceState {
  const isSame = ({ involvedObject, ...event }: StoredEvent) =>
    involvedObject.uid === metadata.uid && event.reason === reason && event.message === message;
  const known = state.events.find(isSame);
  const event: StoredEvent = {
    metadata: known?.metadata ?? newMeta(`${metadata.name}.${randomUUID().slice(0, 8)}`, now),
    involvedObject: { kind, name: metadata.name, uid: metadata.uid },
    type: 'Warning',
    reason,
    message,
    lastTimestamp: printTime(now),
  };
  return { ...state, events: [...state.events.filter((each) => each !== known), event].slice(-MAX_EVENTS) };
}

function newDeployment(service: string, image: string, now: number): Deployment {
  return { metadata: newMeta(service, now), spec: { replicas: REPLICAS, template: templateOf(image) } };
}

function withImage(deployment: Deployment, image: string): Deployment {
  const { metadata, spec } = deployment;
  if (spec.template.spec.containers[0]?.image === image) return deployment;
  const generation = (metadata.generation ?? 0) + 1;
  return { ...deployment, metadata: { ...metadata, generation }, spec: { ...spec, template: templateOf(image) } };
}

function templateOf(image: string): Deployment['spec']['template'] {
  return { spec: { containers: [{ name: 'app', image }] } };
}
