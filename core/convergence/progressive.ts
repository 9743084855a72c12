/** The rules by which a progressive delivery is complete: Rollouts of Argo Rollouts and Canaries of Flagger, by their own status. */
import type { Canary, PodSpec, ReplicaSet, Rollout } from '../ports/cluster';
import { completeOrScaledToZero, NOT_SEEN, type Progress } from './progress';

/**
 * Judges a Rollout. Its phases are Healthy, Progressing, Paused and Degraded; an abort is Degraded, and stays so until the template changes
 * (https://argo-rollouts.readthedocs.io/en/stable/features/specification/, and "Rollout Status" of its kubectl plugin).
 * `workloadGeneration` is that of the Deployment that `workloadRef` names.
 */
export function rolloutProgress({ metadata, spec, status = {} }: Rollout, workloadGeneration?: number): Progress {
  const counts = { ready: status.readyReplicas ?? 0, wanted: spec.replicas ?? 1 };
  const progressing = (why: string): Progress => ({ ...counts, state: 'progressing', why });
  const isSeen =
    status.observedGeneration === String(metadata.generation ?? 0) &&
    (workloadGeneration === undefined || status.workloadObservedGeneration === String(workloadGeneration));
  if (!isSeen) return progressing(NOT_SEEN);
  if (status.phase === 'Degraded' || status.abort === true)
    return { ...counts, state: 'failed', why: status.message ?? 'it was aborted' };
  const at = atStep(status.currentStepIndex, spec.strategy?.canary?.steps?.length);
  if (status.phase === 'Paused' || spec.paused === true)
    return progressing(`it is paused${at}; kubectl argo rollouts promote ${metadata.name} continues it`);
  const { updatedReplicas: updated = 0, availableReplicas: available = 0 } = status;
  const isStable = status.currentPodHash !== undefined && status.currentPodHash === status.stableRS;
  if (status.phase !== 'Healthy' || !isStable || updated < counts.wanted || available < counts.wanted)
    return progressing(`its canary is in progress${at}${status.message === undefined ? '' : `: ${status.message}`}`);
  return completeOrScaledToZero(counts);
}

function atStep(index: number | undefined, steps: number | undefined): string {
  return index !== undefined && steps !== undefined ? ` at step ${Math.min(index + 1, steps)} of ${steps}` : '';
}

/** What a Canary controls: the template that people change, its copy that serves, and the ReplicaSets of the first. */
export interface CanaryTemplates {
  readonly target: PodSpec;
  readonly primary?: PodSpec | undefined;
  readonly replicaSets: readonly ReplicaSet[];
}

/**
 * Judges a Canary (https://docs.flagger.app/usage/how-it-works, "Canary status"). It is complete when the primary has the target's images:
 * the phase alone may be that of the release before. A rollback to what the primary has starts no analysis ("do not trigger a canary
 * deployment on manual rollback" in Flagger's `canary/spec.go`), so `Failed` remains, and means nothing then. The primary's own pods are
 * judged as those of any Deployment.
 */
export function canaryProgress({ status = {} }: Canary, { target, primary, replicaSets }: CanaryTemplates): Progress {
  const counts = { ready: 0, wanted: 0 };
  const { phase = 'Initializing', canaryWeight = 0, failedChecks = 0 } = status;
  const isPromoted = primary !== undefined && imagesOf(primary) === imagesOf(target);
  if (isPromoted && SETTLED.has(phase)) return { ...counts, state: 'idle', why: `its canary ended as ${phase}` };
  const isOlder = replicaSets.some(({ metadata }) => isAfter(metadata.creationTimestamp, status.lastTransitionTime));
  if (phase === 'Failed' && !isOlder)
    return { ...counts, state: 'failed', why: `its canary failed and was rolled back${printChecks(failedChecks)}` };
  if (SETTLED.has(phase)) return { ...counts, state: 'progressing', why: 'its canary has not started yet' };
  const progress = `its canary is in phase ${phase} at weight ${canaryWeight}${printChecks(failedChecks)}`;
  return { ...counts, state: 'progressing', why: progress };
}

const SETTLED = new Set(['Initialized', 'Succeeded', 'Failed']);

function printChecks(failed: number): string {
  return failed === 0 ? '' : `, ${failed} failed checks`;
}

function isAfter(time: string | undefined, other: string | undefined): boolean {
  return time !== undefined && other !== undefined && Date.parse(time) > Date.parse(other);
}

function imagesOf({ initContainers = [], containers }: PodSpec): string {
  return JSON.stringify([...initContainers, ...containers].map(({ name, image }) => [name, image]).toSorted());
}
