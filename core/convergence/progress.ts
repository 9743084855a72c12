/**
 * The rules by which each kind of Kubernetes' own workloads is complete. Sources: `kubectl rollout status`
 * (kubectl 0.36, polymorphichelpers/rollout_status.go) and the pages of the kinds under
 * https://kubernetes.io/docs/concepts/workloads/. Reports of a controller count only once it has seen the newest template.
 */
import type {
  Condition,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  ObjectMeta,
  Pod,
  ReplicaSet,
  StatefulSet,
} from '../ports/cluster';

/** How far a workload is with its newest template. `idle`: no pod to look at. `ended`: ran to its end. `failed`: the cluster gave up. */
export interface Progress {
  readonly state: 'complete' | 'idle' | 'ended' | 'progressing' | 'failed';
  readonly ready: number;
  readonly wanted: number;
  readonly why?: string;
}

type Counted = Pick<Progress, 'ready' | 'wanted'>;

/** Why a workload whose newest template its controller has not seen is not complete. */
export const NOT_SEEN = 'its controller has not seen the newest template yet';

export function deploymentProgress({ metadata, spec, status = {} }: Deployment): Progress {
  const { updatedReplicas: updated = 0, replicas = 0, availableReplicas: available = 0 } = status;
  const counts = { ready: status.readyReplicas ?? 0, wanted: spec.replicas ?? 1 };
  if (isUnseen(metadata, status.observedGeneration)) return progressing(counts, NOT_SEEN);
  const isComplete = updated >= counts.wanted && replicas <= updated && available >= updated;
  if (isComplete) return completeOrScaledToZero(counts);
  if (spec.paused === true)
    return progressing(counts, `it is paused; kubectl rollout resume deployment/${metadata.name} continues it`);
  const deadline = conditionOf(status.conditions, 'Progressing');
  if (deadline?.reason === 'ProgressDeadlineExceeded')
    return { ...counts, state: 'failed', why: 'it made no progress within its deadline (ProgressDeadlineExceeded)' };
  const refused = conditionOf(status.conditions, 'ReplicaFailure');
  if (refused?.status === 'True') return progressing(counts, reasonOf(refused));
  if (updated < counts.wanted) return progressing(counts, `${updated} of ${counts.wanted} pods are updated`);
  if (replicas > updated) return progressing(counts, `${replicas - updated} old pods are not removed yet`);
  return progressing(counts, `${available} of ${updated} pods are available`);
}

/** A partition keeps the pods below it at the old template, so such a StatefulSet is complete only without one. */
export function statefulSetProgress({ metadata, spec, status = {} }: StatefulSet): Progress {
  const { updatedReplicas: updated = 0, readyReplicas = 0, availableReplicas: available = readyReplicas } = status;
  const counts = { ready: readyReplicas, wanted: spec.replicas ?? 1 };
  if (isUnseen(metadata, status.observedGeneration)) return progressing(counts, NOT_SEEN);
  if (counts.wanted === 0) return completeOrScaledToZero(counts);
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  if (updated < counts.wanted) {
    if (spec.updateStrategy?.type === 'OnDelete') return progressing(counts, onDelete(counts.wanted - updated));
    if (partition > 0 && updated >= counts.wanted - partition)
      return progressing(counts, `its partition keeps the pods below ordinal ${partition} at the old template`);
    return progressing(counts, `${updated} of ${counts.wanted} pods are updated`);
  }
  if (available < counts.wanted) return progressing(counts, `${available} of ${counts.wanted} pods are available`);
  return { ...counts, state: 'complete' };
}

export function daemonSetProgress({ metadata, spec, status = {} }: DaemonSet): Progress {
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled: updated = 0, numberAvailable = 0 } = status;
  const counts = { ready: status.numberReady ?? 0, wanted };
  if (isUnseen(metadata, status.observedGeneration)) return progressing(counts, NOT_SEEN);
  if (wanted === 0) return { ...counts, state: 'idle', why: 'no node matches it' };
  if (updated < wanted) {
    const isManual = spec.updateStrategy?.type === 'OnDelete';
    return progressing(counts, isManual ? onDelete(wanted - updated) : `${updated} of ${wanted} pods are updated`);
  }
  if (numberAvailable < wanted) return progressing(counts, `${numberAvailable} of ${wanted} pods are available`);
  return { ...counts, state: 'complete' };
}

/** A Job has one template for its life. `FailureTarget` announces `Failed`, and `SuccessCriteriaMet` announces `Complete`. */
export function jobProgress({ spec, status = {} }: Job): Progress {
  const counts = { ready: status.succeeded ?? 0, wanted: spec.completions ?? 1 };
  const failure = ['Failed', 'FailureTarget']
    .map((type) => conditionOf(status.conditions, type))
    .find((condition) => condition?.status === 'True');
  if (failure !== undefined) return { ...counts, state: 'failed', why: reasonOf(failure) };
  if (conditionOf(status.conditions, 'Complete')?.status === 'True') return { ...counts, state: 'ended' };
  if (spec.suspend === true) return { ready: 0, wanted: 0, state: 'idle', why: 'it is suspended' };
  const retries = status.failed === undefined || status.failed === 0 ? '' : `, ${status.failed} pods failed`;
  return progressing(counts, `${counts.ready} of ${counts.wanted} completions${retries}`);
}

/** Only the template of a CronJob is judged: its Jobs keep the template of their start. */
export function cronJobProgress({ spec }: CronJob): Progress {
  const why = spec.suspend === true ? 'it is suspended' : 'its next Job uses the image';
  return { ready: 0, wanted: 0, state: 'idle', why };
}

/** A ReplicaSet without an owner never replaces pods: those of an older template are found by what they run. */
export function replicaSetProgress({ metadata, spec, status = {} }: ReplicaSet): Progress {
  const counts = { ready: status.readyReplicas ?? 0, wanted: spec.replicas ?? 1 };
  if (isUnseen(metadata, status.observedGeneration)) return progressing(counts, NOT_SEEN);
  const refused = conditionOf(status.conditions, 'ReplicaFailure');
  if (refused?.status === 'True') return progressing(counts, reasonOf(refused));
  const { availableReplicas: available = 0 } = status;
  if (available < counts.wanted) return progressing(counts, `${available} of ${counts.wanted} pods are available`);
  return completeOrScaledToZero(counts);
}

/** A pod without an owner, or whose owner is of a kind that is not read. */
export function podProgress({ status = {} }: Pod): Progress {
  const isReady = conditionOf(status.conditions, 'Ready')?.status === 'True';
  const counts = { ready: isReady ? 1 : 0, wanted: 1 };
  if (status.phase === 'Succeeded') return { ...counts, state: 'ended' };
  if (status.phase === 'Failed') return { ...counts, state: 'failed', why: 'the pod failed' };
  return isReady ? { ...counts, state: 'complete' } : progressing(counts, 'the pod is not ready');
}

/** Returns the condition of that type, or undefined. */
export function conditionOf(conditions: readonly Condition[] = [], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** Prints `Reason: message`, as far as known. */
export function reasonOf({
  reason,
  message,
}: {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}): string {
  return [reason, message].filter((part) => part !== undefined && part !== '').join(': ');
}

function isUnseen({ generation = 0 }: ObjectMeta, observed = 0): boolean {
  return observed < generation;
}

function progressing(counts: Counted, why: string): Progress {
  return { ...counts, state: 'progressing', why };
}

/** Returns the progress of a workload whose pods all have the newest template. */
export function completeOrScaledToZero(counts: Counted): Progress {
  return counts.wanted === 0
    ? { ...counts, state: 'idle', why: 'it is scaled to zero' }
    : { ...counts, state: 'complete' };
}

function onDelete(count: number): string {
  return `it updates on delete, and ${count} pods are still to be deleted by hand`;
}
