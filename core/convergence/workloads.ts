/** Finds the workloads of a namespace: everything that has a pod template and is not itself made from another workload's. */
import type { NamespaceSnapshot, ObjectMeta, Pod, PodSpec, PodTemplate } from '../ports/cluster';
import {
  cronJobProgress,
  daemonSetProgress,
  deploymentProgress,
  jobProgress,
  type Progress,
  podProgress,
  replicaSetProgress,
  statefulSetProgress,
} from './progress';
import { canaryProgress, rolloutProgress } from './progressive';

/** A workload as it is judged, whatever its kind. */
export interface Workload extends Family {
  readonly kind: string;
  readonly name: string;
  readonly spec: PodSpec;
  readonly progress: Progress;
}

/** The objects that were made from an object. */
interface Family {
  /** Pods that are not being removed, the newest first; without those at their end, except of a Job. */
  readonly pods: readonly Pod[];
  /** The uid of the object and those of everything made from it, pods included: events name them. */
  readonly uids: ReadonlySet<string>;
}

interface Candidate extends Pick<Workload, 'kind' | 'spec' | 'progress'> {
  readonly metadata: ObjectMeta;
}

/** Returns the workloads, kind by kind. A Canary of Flagger stands for its target, which is scaled to zero between two releases. */
export function workloadsOf(snapshot: NamespaceSnapshot): readonly Workload[] {
  const families = familiesOf(snapshot);
  const candidates = candidatesOf(snapshot);
  const canaries = snapshot.canaries.flatMap((canary) => {
    const { kind, name } = canary.spec.targetRef;
    const named = (wanted: string) => candidates.find((each) => each.kind === kind && each.metadata.name === wanted);
    const target = named(name);
    if (target === undefined) return [];
    const replicaSets = snapshot.replicaSets.filter(
      ({ metadata }) => families.rootOf(metadata) === target.metadata.uid,
    );
    const progress = canaryProgress(canary, {
      target: target.spec,
      primary: named(`${name}-primary`)?.spec,
      replicaSets,
    });
    return [{ target, workload: { kind: 'Canary', name: canary.metadata.name, spec: target.spec, progress } }];
  });
  const targets = new Set(canaries.map(({ target }) => target.metadata.uid));
  return [
    // First, because a canary in progress explains why its primary is older.
    ...canaries.map(({ target, workload }) => ({ ...workload, ...families.of(target.metadata.uid, target.kind) })),
    ...candidates
      .filter(({ metadata }) => families.rootOf(metadata) === metadata.uid && !targets.has(metadata.uid))
      .map(({ metadata, ...rest }) => ({ ...rest, name: metadata.name, ...families.of(metadata.uid, rest.kind) })),
  ];
}

/** Returns everything that has a pod template. */
function candidatesOf(snapshot: NamespaceSnapshot): readonly Candidate[] {
  const { deployments, statefulSets, daemonSets, cronJobs, replicaSets, jobs, pods, rollouts } = snapshot;
  const rolloutTemplate = ({ spec }: (typeof rollouts)[number]) => {
    const reference = deployments.find(({ metadata }) => metadata.name === spec.workloadRef?.name);
    return { spec: spec.template?.spec ?? reference?.spec.template.spec, generation: reference?.metadata.generation };
  };
  return [
    ...templated('Deployment', deployments, deploymentProgress),
    ...templated('StatefulSet', statefulSets, statefulSetProgress),
    ...templated('DaemonSet', daemonSets, daemonSetProgress),
    ...templated('ReplicaSet', replicaSets, replicaSetProgress),
    ...templated('Job', jobs, jobProgress),
    ...cronJobs.map((each) => ({
      kind: 'CronJob',
      metadata: each.metadata,
      spec: each.spec.jobTemplate.spec.template.spec,
      progress: cronJobProgress(each),
    })),
    ...pods.map((each) => ({ kind: 'Pod', metadata: each.metadata, spec: each.spec, progress: podProgress(each) })),
    ...rollouts.flatMap((each) => {
      const { spec, generation } = rolloutTemplate(each);
      const progress = rolloutProgress(each, generation);
      return spec === undefined ? [] : [{ kind: 'Rollout', metadata: each.metadata, spec, progress }];
    }),
  ];
}

function templated<Kind extends { readonly metadata: ObjectMeta; readonly spec: { readonly template: PodTemplate } }>(
  kind: string,
  objects: readonly Kind[],
  progress: (object: Kind) => Progress,
): readonly Candidate[] {
  return objects.map((each) => ({
    kind,
    metadata: each.metadata,
    spec: each.spec.template.spec,
    progress: progress(each),
  }));
}

/**
 * Finds what was made from what, by the owner that is marked as controller
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/). An owner that was not read ends the chain.
 */
function familiesOf(snapshot: NamespaceSnapshot): {
  rootOf(metadata: ObjectMeta): string;
  of(root: string, kind: string): Family;
} {
  const { deployments, statefulSets, daemonSets, cronJobs, replicaSets, jobs, pods, rollouts } = snapshot;
  const lists = [deployments, statefulSets, daemonSets, cronJobs, replicaSets, jobs, pods, rollouts];
  const known = new Map(lists.flatMap((list) => list.map(({ metadata }) => [metadata.uid, metadata] as const)));
  const rootOf = (start: ObjectMeta): string => {
    const seen = new Set([start.uid]);
    for (let current = start; ; ) {
      const owner = current.ownerReferences?.find(({ controller }) => controller === true)?.uid ?? '';
      const next = known.get(owner);
      if (next === undefined || seen.has(owner)) return current.uid;
      seen.add(owner);
      current = next;
    }
  };
  const roots = new Map([...known.values()].map((metadata) => [metadata.uid, rootOf(metadata)]));
  const sorted = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).toSorted(newestFirst);
  return {
    rootOf,
    of: (root, kind) => ({
      pods: sorted.filter((pod) => roots.get(pod.metadata.uid) === root && (kind === 'Job' || isLive(pod))),
      uids: new Set([...roots].filter(([, each]) => each === root).map(([uid]) => uid)),
    }),
  };
}

/** A pod at its end stays listed until it is collected, and runs nothing. */
function isLive({ status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function newestFirst(a: Pod, b: Pod): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`);
  return (left ?? '') < (right ?? '') ? 1 : -1;
}
