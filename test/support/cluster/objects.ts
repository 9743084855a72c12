/** Builds objects of a cluster: by default a service `web` that runs version v2 completely. */
import type { ExpectedImage } from '../../../core/convergence/judge-convergence';
import type {
  ClusterEvent,
  ContainerStatus,
  Deployment,
  NamespaceSnapshot,
  ObjectMeta,
  Pod,
  PodTemplate,
} from '../../../core/ports/cluster';

export const IMAGE = 'registry.example.com/acme/web';

/** Returns a digest of one repeated hex digit. */
export const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;

export const RELEASED = digestOf('a');
export const OLDER = digestOf('b');
/** The digest of a config, which some runtimes report. */
export const CONFIG = digestOf('c');

export const WEB: ExpectedImage = {
  service: 'web',
  image: IMAGE,
  version: 'v2',
  digest: RELEASED,
  children: [CONFIG],
};

export function snapshot(over: Partial<NamespaceSnapshot>): NamespaceSnapshot {
  return {
    namespace: 'shop',
    deployments: [],
    replicaSets: [],
    statefulSets: [],
    daemonSets: [],
    jobs: [],
    cronJobs: [],
    pods: [],
    events: [],
    rollouts: [],
    canaries: [],
    ...over,
  };
}

/** `owner` is the name of the object that controls this one; uids are names. */
export function meta(name: string, owner?: string, over: Partial<ObjectMeta> = {}): ObjectMeta {
  const ownerReferences = owner === undefined ? [] : [{ kind: 'Owner', name: owner, uid: owner, controller: true }];
  return { name, uid: name, generation: 2, creationTimestamp: '2026-01-01T00:00:00Z', ownerReferences, ...over };
}

export function template(tag = 'v2', image = IMAGE): PodTemplate {
  return { spec: { containers: [{ name: 'app', image: `${image}:${tag}` }] } };
}

/** A Deployment `web` with 2 complete pods. */
export function deployment(
  spec: Partial<Deployment['spec']> = {},
  status: NonNullable<Deployment['status']> = {},
): Deployment {
  return {
    metadata: meta('web'),
    spec: { replicas: 2, template: template(), ...spec },
    status: {
      observedGeneration: 2,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      ...status,
    },
  };
}

/** The ReplicaSet of a Deployment. */
export function replicaSet(name: string, owner = 'web', tag = 'v2') {
  return { metadata: meta(name, owner), spec: { replicas: 2, template: template(tag) }, status: {} };
}

interface PodFacts {
  readonly owner?: string;
  readonly tag?: string;
  /** As the runtime reports it. */
  readonly imageID?: string;
  readonly ready?: boolean;
  readonly container?: Partial<ContainerStatus>;
  readonly metadata?: Partial<ObjectMeta>;
  readonly status?: Partial<NonNullable<Pod['status']>>;
}

/** A pod that runs and is ready, of the ReplicaSet `web-2`. */
export function pod(name: string, facts: PodFacts = {}): Pod {
  const { owner = 'web-2', tag = 'v2', imageID = `${IMAGE}@${RELEASED}`, ready = true } = facts;
  const container = { name: 'app', imageID, ready, restartCount: 0, state: { running: {} }, ...facts.container };
  return {
    metadata: meta(name, owner, facts.metadata),
    spec: template(tag).spec,
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [container],
      ...facts.status,
    },
  };
}

export function warning(uid: string, reason: string, message: string, lastTimestamp = '2026-01-01T00:00:00Z') {
  return {
    metadata: {},
    involvedObject: { uid },
    type: 'Warning',
    reason,
    message,
    lastTimestamp,
  } satisfies ClusterEvent;
}

/** A namespace where `web` has 2 pods and is complete. */
export function settled(over: Partial<NamespaceSnapshot> = {}): NamespaceSnapshot {
  return snapshot({
    deployments: [deployment()],
    replicaSets: [replicaSet('web-2')],
    pods: [pod('web-2-x'), pod('web-2-y')],
    ...over,
  });
}

/** A bare pod that runs an image by its version, and is ready. */
export function runningPod(name: string, image: string, version: string, digest: string): Pod {
  const container = { name, ready: true, restartCount: 0, imageID: `${image}@${digest}`, state: { running: {} } };
  return {
    metadata: meta(name),
    spec: { containers: [{ name, image: `${image}:${version}` }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ ...container, lastState: {} }],
    },
  } as Pod;
}
