/**
 * A Kubernetes cluster, as the steps use it. `adapters/kubernetes` implements this port. Objects have Kubernetes' own field names
 * (https://kubernetes.io/docs/reference/kubernetes-api/), limited to the fields that are judged. Times are texts as RFC 3339 writes them.
 */

/** Reads a cluster. Throws `ClusterError` if it cannot be reached or refuses; a kind that is not installed is an empty list. */
export interface Cluster {
  /** Returns the workloads of the namespace, with their pods and events. The lists are read one after the other: they may differ by seconds. */
  snapshot(namespace: string): Promise<NamespaceSnapshot>;
  /** Returns the objects of Argo CD and Flux in the namespace, which is often not that of the workloads (`argocd`, `flux-system`). */
  deliveries(namespace: string): Promise<DeliverySnapshot>;
}

export interface NamespaceSnapshot {
  readonly namespace: string;
  readonly deployments: readonly Deployment[];
  readonly replicaSets: readonly ReplicaSet[];
  readonly statefulSets: readonly StatefulSet[];
  readonly daemonSets: readonly DaemonSet[];
  readonly jobs: readonly Job[];
  readonly cronJobs: readonly CronJob[];
  readonly pods: readonly Pod[];
  readonly events: readonly ClusterEvent[];
  readonly rollouts: readonly Rollout[];
  readonly canaries: readonly Canary[];
}

export interface DeliverySnapshot {
  readonly namespace: string;
  readonly applications: readonly Application[];
  readonly kustomizations: readonly FluxObject[];
  readonly helmReleases: readonly FluxObject[];
}

/** An object whose fields may all be absent, as the API leaves out zeros and empty values. */
type Fields<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** `deletionTimestamp` is set on an object that is being removed. */
export interface ObjectMeta
  extends Fields<{
    generation: number;
    creationTimestamp: string;
    deletionTimestamp: string;
    labels: Readonly<Record<string, string>>;
    ownerReferences: readonly OwnerReference[];
  }> {
  readonly name: string;
  readonly uid: string;
}

export interface OwnerReference extends Fields<{ controller: boolean }> {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** `status` is `True`, `False` or `Unknown`. */
export interface Condition extends Fields<{ reason: string; message: string; lastTransitionTime: string }> {
  readonly type: string;
  readonly status: string;
}

/** `restartPolicy: Always` on an init container makes it a sidecar. */
export interface Container extends Fields<{ image: string; restartPolicy: string }> {
  readonly name: string;
}

export interface PodSpec extends Fields<{ initContainers: readonly Container[] }> {
  readonly containers: readonly Container[];
}

export interface PodTemplate {
  readonly spec: PodSpec;
}

/** What all kinds have. */
export interface ClusterObject<Spec, Status> {
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  readonly status?: Fields<Status> | undefined;
}

interface Counts {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

interface Conditions {
  readonly conditions: readonly Condition[];
}

interface Templated {
  readonly template: PodTemplate;
}

export type Deployment = ClusterObject<
  Templated & Fields<{ replicas: number; paused: boolean }>,
  Counts & Conditions & { updatedReplicas: number }
>;

export type ReplicaSet = ClusterObject<Templated & Fields<{ replicas: number }>, Counts & Conditions>;

export type StatefulSet = ClusterObject<
  Templated &
    Fields<{
      replicas: number;
      podManagementPolicy: string;
      updateStrategy: Fields<{ type: string; rollingUpdate: Fields<{ partition: number }> }>;
    }>,
  Counts & { updatedReplicas: number; currentRevision: string; updateRevision: string }
>;

export type DaemonSet = ClusterObject<
  Templated & Fields<{ updateStrategy: Fields<{ type: string }> }>,
  {
    observedGeneration: number;
    desiredNumberScheduled: number;
    updatedNumberScheduled: number;
    numberAvailable: number;
    numberReady: number;
  }
>;

export type Job = ClusterObject<
  Templated & Fields<{ completions: number; parallelism: number; suspend: boolean }>,
  Conditions & { active: number; succeeded: number; failed: number }
>;

export type CronJob = ClusterObject<
  Fields<{ suspend: boolean }> & { readonly jobTemplate: { readonly spec: Templated } },
  object
>;

export type Pod = ClusterObject<
  PodSpec,
  Conditions & {
    phase: string;
    reason: string;
    message: string;
    containerStatuses: readonly ContainerStatus[];
    initContainerStatuses: readonly ContainerStatus[];
  }
>;

export interface ContainerStatus
  extends Fields<{
    state: ContainerState;
    /** How the container ended the last time. */
    lastState: ContainerState;
  }> {
  readonly name: string;
  /** What the runtime runs, in the runtime's own form; empty before the image is there. */
  readonly imageID: string;
  readonly ready: boolean;
  readonly restartCount: number;
}

/** At most one of the three. */
export type ContainerState = Fields<{
  waiting: Fields<{ reason: string; message: string }>;
  running: object;
  terminated: { readonly exitCode: number } & Fields<{ signal: number; reason: string; message: string }>;
}>;

/** An Event of core/v1. `type` is `Normal` or `Warning`. Which of the times it has depends on who wrote it. */
export interface ClusterEvent
  extends Fields<{
    type: string;
    reason: string;
    message: string;
    lastTimestamp: string;
    eventTime: string;
    series: Fields<{ lastObservedTime: string }>;
  }> {
  readonly metadata: Fields<{ creationTimestamp: string }>;
  readonly involvedObject: Fields<{ kind: string; name: string; uid: string }>;
}

/** A Rollout of Argo Rollouts (argoproj.io/v1alpha1). Its template is that of the Deployment that `workloadRef` names, if it has one. */
export type Rollout = ClusterObject<
  Fields<{
    replicas: number;
    paused: boolean;
    template: PodTemplate;
    workloadRef: Fields<{ kind: string; name: string }>;
    strategy: Fields<{ canary: Fields<{ steps: readonly unknown[] }> }>;
  }>,
  Conditions & {
    /** A generation as text. */
    observedGeneration: string;
    workloadObservedGeneration: string;
    phase: string;
    message: string;
    abort: boolean;
    replicas: number;
    updatedReplicas: number;
    readyReplicas: number;
    availableReplicas: number;
    currentPodHash: string;
    stableRS: string;
    currentStepIndex: number;
  }
>;

/** A Canary of Flagger (flagger.app/v1beta1). */
export type Canary = ClusterObject<
  { readonly targetRef: { readonly kind: string; readonly name: string } },
  Conditions & { phase: string; canaryWeight: number; failedChecks: number; lastTransitionTime: string }
>;

/** An Application of Argo CD (argoproj.io/v1alpha1). `revisions` are those of an application with several sources. */
export type Application = Pick<
  ClusterObject<
    object,
    {
      sync: Fields<{ status: string } & Revisions>;
      health: Fields<{ status: string; message: string }>;
      operationState: Fields<{ phase: string; message: string; syncResult: Fields<Revisions> }>;
      conditions: readonly ({ readonly type: string } & Fields<{ message: string }>)[];
    }
  >,
  'metadata' | 'status'
>;

interface Revisions {
  readonly revision: string;
  readonly revisions: readonly string[];
}

/**
 * A Kustomization (kustomize.toolkit.fluxcd.io) or HelmRelease (helm.toolkit.fluxcd.io) of Flux. A HelmRelease of v2 has `history`, the
 * newest release first, instead of `lastAppliedRevision`.
 */
export type FluxObject = ClusterObject<
  Fields<{ suspend: boolean }>,
  Conditions & {
    observedGeneration: number;
    lastAppliedRevision: string;
    lastAttemptedRevision: string;
    history: readonly Fields<{ chartVersion: string; status: string }>[];
  }
>;
