/**
 * The controllers of the embedded cluster: Deployments roll as in Kubernetes, with its defaults for surge and unavailability
 * (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment).
 */
import { createHash, randomBytes } from 'node:crypto';
import { isReady } from '../../core/convergence/why';
import type { Condition, Deployment, Pod, ReplicaSet } from '../../core/ports/cluster';
import { type Behaviour, type NamespaceState, newMeta, ownerOf, printTime, withWarning } from './namespace-state';

export interface ControllerOptions {
  readonly now: number;
  /** A Deployment without progress for this long has failed, in ms. */
  readonly progressDeadline: number;
  readonly behaviourOf: (service: string, image: string) => Behaviour;
}

/** Returns the namespace after one turn of the controllers. Each turn moves a roll by one step. */
export function runControllers(state: NamespaceState, options: ControllerOptions): NamespaceState {
  const removed = { ...state, pods: state.pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined) };
  return state.deployments.reduce<NamespaceState>((current, deployment) => {
    const scaled = scaleReplicaSets(current, deployment, options.now);
    const manned = setsOf(scaled, deployment).reduce((next, set) => scalePods(next, deployment, set, options), scaled);
    return reportStatus(manned, deployment, options);
  }, removed);
}

/** Returns whether every Deployment has rolled out. Only an unfinished one depends on time. */
export function isSettled({ deployments }: NamespaceState): boolean {
  return deployments.every(({ status }) => status?.conditions?.some(({ reason }) => reason === ROLLED_OUT) ?? false);
}

/** The reason of a finished roll, as Kubernetes calls it. */
const ROLLED_OUT = 'NewReplicaSetAvailable';

function setsOf(state: NamespaceState, { metadata }: Deployment): readonly ReplicaSet[] {
  return state.replicaSets.filter((set) => ownerOf(set) === metadata.uid);
}

function podsOf(state: NamespaceState, { metadata }: ReplicaSet): readonly Pod[] {
  return state.pods.filter((pod) => ownerOf(pod) === metadata.uid && pod.metadata.deletionTimestamp === undefined);
}

/** The ReplicaSet of a template has a name that depends on the template alone, so that a rollback finds the one it had. */
function nameOfSet({ metadata, spec }: Deployment): string {
  return `${metadata.name}-${createHash('sha256').update(JSON.stringify(spec.template)).digest('hex').slice(0, 10)}`;
}

/** Surge is rounded up and unavailability down, both from 25%. */
function scaleReplicaSets(state: NamespaceState, deployment: Deployment, now: number): NamespaceState {
  const wanted = deployment.spec.replicas ?? 1;
  const name = nameOfSet(deployment);
  const sets = setsOf(state, deployment);
  const made = sets.find(({ metadata }) => metadata.name === name);
  const newest = made ?? {
    metadata: newMeta(name, now, { kind: 'Deployment', metadata: deployment.metadata }),
    spec: { replicas: 0, template: deployment.spec.template },
  };
  const old = sets.filter((set) => set !== made && (set.spec.replicas ?? 0) > 0);
  const sizeOf = ({ spec }: ReplicaSet) => spec.replicas ?? 0;
  const total = [newest, ...old].reduce((sum, set) => sum + sizeOf(set), 0);
  const available = (set: ReplicaSet) => podsOf(state, set).filter(isReady).length;
  const least = wanted - Math.floor(wanted / 4);
  const room = wanted + Math.ceil(wanted / 4) - total;
  const size = Math.min(wanted, sizeOf(newest) + Math.max(0, room));

  const allAvailable = [newest, ...old].reduce((sum, set) => sum + available(set), 0);
  let removable = Math.max(0, total - least - (sizeOf(newest) - available(newest)));
  let healthyRemovable = Math.max(0, allAvailable - least);
  const shrunk = old.map((set) => {
    const unhealthy = Math.min(removable, sizeOf(set) - available(set));
    removable -= unhealthy;
    const healthy = Math.min(removable, healthyRemovable, available(set));
    removable -= healthy;
    healthyRemovable -= healthy;
    return resized(set, sizeOf(set) - unhealthy - healthy);
  });
  const changed = new Map([resized(newest, size), ...shrunk].map((set) => [set.metadata.uid, set]));
  const kept = state.replicaSets.map((set) => changed.get(set.metadata.uid) ?? set);
  return { ...state, replicaSets: made === undefined ? [...kept, resized(newest, size)] : kept };
}

function resized(set: ReplicaSet, replicas: number): ReplicaSet {
  if (set.spec.replicas === replicas) return set;
  const generation = (set.metadata.generation ?? 0) + 1;
  return { ...set, metadata: { ...set.metadata, generation }, spec: { ...set.spec, replicas } };
}

function scalePods(
  state: NamespaceState,
  deployment: Deployment,
  set: ReplicaSet,
  { now, behaviourOf }: ControllerOptions,
): NamespaceState {
  const pods = podsOf(state, set);
  const { replicas = 0, template } = set.spec;
  // Pods that are not ready go first.
  const leaving = new Set(
    pods.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b))).slice(0, Math.max(0, pods.length - replicas)),
  );
  const image = template.spec.containers[0]?.image ?? '';
  const isRefused = pods.length < replicas && behaviourOf(deployment.metadata.name, image) === 'quota';
  const added = Array.from({ length: isRefused ? 0 : Math.max(0, replicas - pods.length) }, (): Pod => {
    const suffix = randomBytes(3).toString('hex').slice(0, 5);
    const metadata = newMeta(`${set.metadata.name}-${suffix}`, now, { kind: 'ReplicaSet', metadata: set.metadata });
    return { metadata, spec: template.spec, status: { phase: 'Pending' } };
  });
  const current = state.pods.map((pod) =>
    leaving.has(pod) ? { ...pod, metadata: { ...pod.metadata, deletionTimestamp: printTime(now) } } : pod,
  );
  const message = `pods "${set.metadata.name}-" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=${state.pods.length}, limited: pods=${state.pods.length}`;
  const ready = pods.filter((pod) => !leaving.has(pod) && isReady(pod)).length;
  const failure: Condition = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message };
  const status = {
    observedGeneration: set.metadata.generation,
    replicas: pods.length - leaving.size + added.length,
    readyReplicas: ready,
    availableReplicas: ready,
    ...(isRefused ? { conditions: [failure] } : {}),
  };
  const next = {
    ...state,
    pods: [...current, ...added],
    replicaSets: state.replicaSets.map((each) => (each === set ? { ...set, status } : each)),
  };
  return isRefused ? withWarning(next, { kind: 'ReplicaSet', ...set }, { reason: 'FailedCreate', message }, now) : next;
}

function reportStatus(
  state: NamespaceState,
  deployment: Deployment,
  { now, progressDeadline }: ControllerOptions,
): NamespaceState {
  const { uid, generation } = deployment.metadata;
  const sets = setsOf(state, deployment);
  const newest = sets.find(({ metadata }) => metadata.name === nameOfSet(deployment));
  const sum = (of: readonly ReplicaSet[], count: 'replicas' | 'readyReplicas') =>
    of.reduce((total, { status }) => total + (status?.[count] ?? 0), 0);
  const ready = sum(sets, 'readyReplicas');
  const counts = {
    replicas: sum(sets, 'replicas'),
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: ready,
    availableReplicas: ready,
  };
  const before = deployment.status ?? {};
  const old = (status: typeof before) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  const hasProgressed =
    before.observedGeneration !== generation ||
    counts.updatedReplicas > (before.updatedReplicas ?? 0) ||
    old(counts) < old(before) ||
    ready > (before.readyReplicas ?? 0);
  const since = hasProgressed ? now : (state.progressedAt[uid] ?? now);
  const wanted = deployment.spec.replicas ?? 1;
  const isComplete = counts.updatedReplicas === wanted && counts.replicas === wanted && ready === wanted;
  const refusal = sets.flatMap(({ status }) => status?.conditions ?? []);
  const progress = isComplete
    ? { status: 'True', reason: ROLLED_OUT }
    : now - since > progressDeadline
      ? { status: 'False', reason: 'ProgressDeadlineExceeded' }
      : { status: 'True', reason: 'ReplicaSetUpdated' };
  const conditions = [{ type: 'Progressing', ...progress }, ...refusal];
  const status = { observedGeneration: generation, ...counts, conditions };
  return {
    ...state,
    deployments: state.deployments.map((each) => (each === deployment ? { ...deployment, status } : each)),
    progressedAt: { ...state.progressedAt, [uid]: since },
  };
}
