/**
 * A Kubernetes cluster, as the steps use it. `adapters/kubernetes` implements this port. Objects have Kubernetes' own field names
 * (https://kubernetes.io/docs/reference/kubernetes-api/), limited to the fields that are judged. Times are texts as RFC 3339 writes them.
 */

/** Reads a cluster. Throws `ClusterError` if it cannot be reached or refuses; a kind that is not installed is an empty list. */
export interface Cluster {
  /** Returns the workloads of the namespace, with their pods and events. The lists are read one after the other, so they may differ by seconds. */
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

export interface ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly generation?: number | undefined;
  readonly creationTimestamp?: string | undefined;
  /** Set on an object that is being removed. */
  readonly deletionTimestamp?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
}

export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean | undefined;
}

/** `status` is `True`, `False` or `Unknown`. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

/** `restartPolicy: Always` on an init container makes it a sidecar. */
export interface Container {
  readonly name: string;
  readonly image?: string | undefined;
  readonly restartPolicy?: string | undefined;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[] | undefined;
}

export interface PodTemplate {
  readonly spec: PodSpec;
}

export interface Deployment {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly replicas?: number | undefined;
    readonly paused?: boolean | undefined;
    readonly template: PodTemplate;
  };
  readonly status?:
    | (ReplicaCounts & { readonly updatedReplicas?: number | undefined; readonly conditions?: Conditions })
    | undefined;
}

export interface ReplicaSet {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly replicas?: number | undefined; readonly template: PodTemplate };
  readonly status?: (ReplicaCounts & { readonly conditions?: Conditions }) | undefined;
}

export interface StatefulSet {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly replicas?: number | undefined;
    readonly podManagementPolicy?: string | undefined;
    readonly updateStrategy?:
      | {
          readonly type?: string | undefined;
          readonly rollingUpdate?: { readonly partition?: number | undefined } | undefined;
        }
      | undefined;
    readonly template: PodTemplate;
  };
  readonly status?:
    | (ReplicaCounts & {
        readonly updatedReplicas?: number | undefined;
        readonly currentRevision?: string | undefined;
        readonly updateRevision?: string | undefined;
      })
    | undefined;
}

export interface DaemonSet {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly updateStrategy?: { readonly type?: string | undefined } | undefined;
    readonly template: PodTemplate;
  };
  readonly status?:
    | {
        readonly observedGeneration?: number | undefined;
        readonly desiredNumberScheduled?: number | undefined;
        readonly updatedNumberScheduled?: number | undefined;
        readonly numberAvailable?: number | undefined;
        readonly numberReady?: number | undefined;
      }
    | undefined;
}

export interface Job {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly completions?: number | undefined;
    readonly parallelism?: number | undefined;
    readonly suspend?: boolean | undefined;
    readonly template: PodTemplate;
  };
  readonly status?:
    | {
        readonly active?: number | undefined;
        readonly succeeded?: number | undefined;
        readonly failed?: number | undefined;
        readonly conditions?: Conditions;
      }
    | undefined;
}

export interface CronJob {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly suspend?: boolean | undefined;
    readonly jobTemplate: { readonly spec: { readonly template: PodTemplate } };
  };
}

/** Counts that several kinds have. An absent count is 0, as the API leaves zeros out. */
interface ReplicaCounts {
  readonly observedGeneration?: number | undefined;
  readonly replicas?: number | undefined;
  readonly readyReplicas?: number | undefined;
  readonly availableReplicas?: number | undefined;
}

type Conditions = readonly Condition[] | undefined;

export interface Pod {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  readonly status?:
    | {
        readonly phase?: string | undefined;
        readonly reason?: string | undefined;
        readonly message?: string | undefined;
        readonly conditions?: Conditions;
        readonly containerStatuses?: readonly ContainerStatus[] | undefined;
        readonly initContainerStatuses?: readonly ContainerStatus[] | undefined;
      }
    | undefined;
}

export interface ContainerStatus {
  readonly name: string;
  /** What the runtime runs, in the runtime's own form; empty before the image is there. */
  readonly imageID: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: ContainerState | undefined;
  /** How the container ended last time. */
  readonly lastState?: ContainerState | undefined;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string | undefined; readonly message?: string | undefined } | undefined;
  readonly running?: { readonly startedAt?: string | undefined } | undefined;
  readonly terminated?:
    | {
        readonly exitCode: number;
        readonly signal?: number | undefined;
        readonly reason?: string | undefined;
        readonly message?: string | undefined;
      }
    | undefined;
}

/** A core/v1 Event. `type` is `Normal` or `Warning`. */
export interface ClusterEvent {
  readonly metadata: Pick<ObjectMeta, 'creationTimestamp'>;
  readonly involvedObject: {
    readonly kind?: string | undefined;
    readonly name?: string | undefined;
    readonly uid?: string | undefined;
  };
  readonly type?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTimestamp?: string | null | undefined;
  readonly eventTime?: string | null | undefined;
  readonly series?: { readonly lastObservedTime?: string | undefined } | undefined;
}

/** A Rollout of Argo Rollouts (argoproj.io/v1alpha1). */
export interface Rollout {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly replicas?: number | undefined;
    readonly paused?: boolean | undefined;
    /** Absent if `workloadRef` names a Deployment that has it. */
    readonly template?: PodTemplate | undefined;
    readonly workloadRef?: { readonly kind?: string | undefined; readonly name?: string | undefined } | undefined;
    readonly strategy?:
      | { readonly canary?: { readonly steps?: readonly unknown[] | undefined } | undefined }
      | undefined;
  };
  readonly status?:
    | {
        /** A generation as text. */
        readonly observedGeneration?: string | undefined;
        readonly workloadObservedGeneration?: string | undefined;
        readonly phase?: string | undefined;
        readonly message?: string | undefined;
        readonly abort?: boolean | undefined;
        readonly replicas?: number | undefined;
        readonly updatedReplicas?: number | undefined;
        readonly readyReplicas?: number | undefined;
        readonly availableReplicas?: number | undefined;
        readonly currentPodHash?: string | undefined;
        readonly stableRS?: string | undefined;
        readonly currentStepIndex?: number | null | undefined;
        readonly conditions?: Conditions;
      }
    | undefined;
}

/** A Canary of Flagger (flagger.app/v1beta1). */
export interface Canary {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly targetRef: { readonly kind: string; readonly name: string } };
  readonly status?:
    | {
        readonly phase?: string | undefined;
        readonly canaryWeight?: number | undefined;
        readonly failedChecks?: number | undefined;
        readonly lastTransitionTime?: string | undefined;
        readonly conditions?: Conditions;
      }
    | undefined;
}

/** An Application of Argo CD (argoproj.io/v1alpha1). `revisions` are those of an application with several sources. */
export interface Application {
  readonly metadata: ObjectMeta;
  readonly status?:
    | {
        readonly sync?:
          | {
              readonly status?: string | undefined;
              readonly revision?: string | undefined;
              readonly revisions?: readonly string[] | undefined;
            }
          | undefined;
        readonly health?: { readonly status?: string | undefined; readonly message?: string | undefined } | undefined;
        readonly operationState?:
          | {
              readonly phase?: string | undefined;
              readonly message?: string | undefined;
              readonly syncResult?:
                | { readonly revision?: string | undefined; readonly revisions?: readonly string[] | undefined }
                | undefined;
            }
          | undefined;
        readonly conditions?: readonly { readonly type: string; readonly message?: string | undefined }[] | undefined;
      }
    | undefined;
}

/** A Kustomization (kustomize.toolkit.fluxcd.io) or HelmRelease (helm.toolkit.fluxcd.io) of Flux. */
export interface FluxObject {
  readonly metadata: ObjectMeta;
  readonly spec?: { readonly suspend?: boolean | undefined } | undefined;
  readonly status?:
    | {
        readonly observedGeneration?: number | undefined;
        readonly lastAppliedRevision?: string | undefined;
        readonly lastAttemptedRevision?: string | undefined;
        readonly history?: readonly FluxRelease[] | undefined;
        readonly conditions?: Conditions;
      }
    | undefined;
}

/** One release of a HelmRelease (v2), the newest first. `chartVersion` replaces `lastAppliedRevision` there. */
export interface FluxRelease {
  readonly chartVersion?: string | undefined;
  readonly status?: string | undefined;
}
