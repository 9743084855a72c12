/** The kinds of a cluster that are read: where each is listed, and which fields are kept. Absent fields stay absent. */
import * as z from 'zod';
import type { DeliverySnapshot, NamespaceSnapshot } from '../../core/ports/cluster';

/** One kind. `group` is '' for the core group. */
export interface Kind<Item> {
  readonly group: string;
  /** Undefined for an extension: the version that the cluster prefers. */
  readonly version?: string;
  readonly plural: string;
  readonly kind: string;
  readonly item: z.ZodType<Item>;
  /** The server returns only objects with this value of a field. */
  readonly fieldSelector?: string;
}

type Items<Snapshot> = {
  readonly [List in keyof Omit<Snapshot, 'namespace'>]: Kind<
    Snapshot[List] extends readonly (infer Item)[] ? Item : never
  >;
};

const text = z.string().optional();
const count = z.number().optional();
const flag = z.boolean().optional();

const metadata = z.object({
  name: z.string(),
  uid: z.string(),
  generation: count,
  creationTimestamp: text,
  deletionTimestamp: text,
  labels: z.record(z.string(), z.string()).optional(),
  ownerReferences: z
    .array(z.object({ kind: z.string(), name: z.string(), uid: z.string(), controller: flag }))
    .optional(),
});

const conditions = z
  .array(z.object({ type: z.string(), status: z.string(), reason: text, message: text, lastTransitionTime: text }))
  .optional();

const containers = z.array(z.object({ name: z.string(), image: text, restartPolicy: text }));
const podSpec = z.object({ containers, initContainers: containers.optional() });
const template = z.object({ spec: podSpec });

const counts = {
  observedGeneration: count,
  replicas: count,
  readyReplicas: count,
  availableReplicas: count,
};

const containerState = z
  .object({
    waiting: z.object({ reason: text, message: text }).optional(),
    running: z.object({}).optional(),
    terminated: z.object({ exitCode: z.number(), signal: count, reason: text, message: text }).optional(),
  })
  .optional();

const containerStatuses = z
  .array(
    z.object({
      name: z.string(),
      imageID: z.string(),
      ready: z.boolean(),
      restartCount: z.number(),
      state: containerState,
      lastState: containerState,
    }),
  )
  .optional();

/** Returns the schema of an object with that spec and status. */
function object<Spec extends z.ZodType, Status extends z.ZodRawShape>(spec: Spec, status: Status) {
  return z.object({ metadata, spec, status: z.object(status).optional() });
}

/** The lists of `Cluster.snapshot`. */
export const WORKLOAD_KINDS: Items<NamespaceSnapshot> = {
  deployments: {
    group: 'apps',
    version: 'v1',
    plural: 'deployments',
    kind: 'Deployment',
    item: object(z.object({ replicas: count, paused: flag, template }), {
      ...counts,
      updatedReplicas: count,
      conditions,
    }),
  },
  replicaSets: {
    group: 'apps',
    version: 'v1',
    plural: 'replicasets',
    kind: 'ReplicaSet',
    item: object(z.object({ replicas: count, template }), { ...counts, conditions }),
  },
  statefulSets: {
    group: 'apps',
    version: 'v1',
    plural: 'statefulsets',
    kind: 'StatefulSet',
    item: object(
      z.object({
        replicas: count,
        podManagementPolicy: text,
        updateStrategy: z.object({ type: text, rollingUpdate: z.object({ partition: count }).optional() }).optional(),
        template,
      }),
      { ...counts, updatedReplicas: count, currentRevision: text, updateRevision: text },
    ),
  },
  daemonSets: {
    group: 'apps',
    version: 'v1',
    plural: 'daemonsets',
    kind: 'DaemonSet',
    item: object(z.object({ updateStrategy: z.object({ type: text }).optional(), template }), {
      observedGeneration: count,
      desiredNumberScheduled: count,
      updatedNumberScheduled: count,
      numberAvailable: count,
      numberReady: count,
    }),
  },
  jobs: {
    group: 'batch',
    version: 'v1',
    plural: 'jobs',
    kind: 'Job',
    item: object(z.object({ completions: count, parallelism: count, suspend: flag, template }), {
      active: count,
      succeeded: count,
      failed: count,
      conditions,
    }),
  },
  cronJobs: {
    group: 'batch',
    version: 'v1',
    plural: 'cronjobs',
    kind: 'CronJob',
    item: object(z.object({ suspend: flag, jobTemplate: z.object({ spec: z.object({ template }) }) }), {}),
  },
  pods: {
    group: '',
    version: 'v1',
    plural: 'pods',
    kind: 'Pod',
    item: object(podSpec, {
      phase: text,
      reason: text,
      message: text,
      conditions,
      containerStatuses,
      initContainerStatuses: containerStatuses,
    }),
  },
  events: {
    group: '',
    version: 'v1',
    plural: 'events',
    kind: 'Event',
    fieldSelector: 'type=Warning',
    item: z.object({
      metadata: z.object({ creationTimestamp: text }),
      involvedObject: z.object({ kind: text, name: text, uid: text }),
      type: text,
      reason: text,
      message: text,
      lastTimestamp: text,
      eventTime: text,
      series: z.object({ lastObservedTime: text }).optional(),
    }),
  },
  rollouts: {
    group: 'argoproj.io',
    plural: 'rollouts',
    kind: 'Rollout',
    item: object(
      z.object({
        replicas: count,
        paused: flag,
        template: template.optional(),
        workloadRef: z.object({ kind: text, name: text }).optional(),
        strategy: z.object({ canary: z.object({ steps: z.array(z.unknown()).optional() }).optional() }).optional(),
      }),
      {
        observedGeneration: text,
        workloadObservedGeneration: text,
        phase: text,
        message: text,
        abort: flag,
        replicas: count,
        updatedReplicas: count,
        readyReplicas: count,
        availableReplicas: count,
        currentPodHash: text,
        stableRS: text,
        currentStepIndex: count,
        conditions,
      },
    ),
  },
  canaries: {
    group: 'flagger.app',
    plural: 'canaries',
    kind: 'Canary',
    item: object(z.object({ targetRef: z.object({ kind: z.string(), name: z.string() }) }), {
      phase: text,
      canaryWeight: count,
      failedChecks: count,
      lastTransitionTime: text,
      conditions,
    }),
  },
};

const revisions = { revision: text, revisions: z.array(z.string()).optional() };

const fluxObject = object(z.object({ suspend: flag }), {
  observedGeneration: count,
  lastAppliedRevision: text,
  lastAttemptedRevision: text,
  history: z.array(z.object({ chartVersion: text, status: text })).optional(),
  conditions,
});

/** The lists of `Cluster.deliveries`. */
export const DELIVERY_KINDS: Items<DeliverySnapshot> = {
  applications: {
    group: 'argoproj.io',
    plural: 'applications',
    kind: 'Application',
    item: object(z.object({}), {
      sync: z.object({ status: text, ...revisions }).optional(),
      health: z.object({ status: text, message: text }).optional(),
      operationState: z.object({ phase: text, message: text, syncResult: z.object(revisions).optional() }).optional(),
      conditions: z.array(z.object({ type: z.string(), message: text })).optional(),
    }),
  },
  kustomizations: {
    group: 'kustomize.toolkit.fluxcd.io',
    plural: 'kustomizations',
    kind: 'Kustomization',
    item: fluxObject,
  },
  helmReleases: { group: 'helm.toolkit.fluxcd.io', plural: 'helmreleases', kind: 'HelmRelease', item: fluxObject },
};
