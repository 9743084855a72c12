/** Explains in one line why a workload is not complete, by what its pods and its events report. */

import type { ClusterEvent, ContainerStatus, Pod } from '../ports/cluster';
import { printable } from '../text/escape';
import { redact } from '../text/redact';
import { conditionOf, reasonOf } from './progress';
import type { Workload } from './workloads';

/** The longest explanation, in characters. */
const LONGEST = 400;

/** Returns the reason of the newest pod that is not ready and has one, otherwise the last warning of the workload, or undefined. */
export function explain(workload: Workload, events: readonly ClusterEvent[]): string | undefined {
  const warnings = events
    .filter(({ type, involvedObject }) => type === 'Warning' && workload.uids.has(involvedObject.uid ?? ''))
    .toSorted((a, b) => timeOf(b) - timeOf(a));
  const unready = workload.pods.filter((pod) => pod.status?.phase !== 'Succeeded' && !isReady(pod));
  for (const pod of unready) {
    const found = explainPod(pod, warnings);
    if (found !== undefined) return found;
  }
  const [last] = warnings;
  return last === undefined ? undefined : reasonOf(last);
}

/** Returns true if all containers of the pod are ready. */
export function isReady({ status }: Pod): boolean {
  return conditionOf(status?.conditions, 'Ready')?.status === 'True';
}

/** Returns the text as one short line, without credentials and without characters that a terminal obeys. */
export function oneLine(text: string): string {
  const line = redact(printable(text.replace(/\s+/g, ' ').trim()));
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line;
}

function explainPod({ metadata, status = {} }: Pod, warnings: readonly ClusterEvent[]): string | undefined {
  const own = warnings.filter(({ involvedObject }) => involvedObject.uid === metadata.uid);
  const scheduled = conditionOf(status.conditions, 'PodScheduled');
  if (scheduled?.reason === 'Unschedulable')
    return `pod ${metadata.name} is unschedulable: ${scheduled.message ?? 'no node has room for it'}`;
  for (const each of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const found = explainContainer(each, own);
    if (found !== undefined) return `pod ${metadata.name}, container ${each.name}: ${found}`;
  }
  const [last] = own;
  return last === undefined ? undefined : `pod ${metadata.name}: ${reasonOf(last)}`;
}

/** Reasons of a container that waits as every container does at its start. */
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

function explainContainer(
  { state, lastState, restartCount, ready }: ContainerStatus,
  warnings: readonly ClusterEvent[],
): string | undefined {
  const { waiting, terminated } = state ?? {};
  const crash = terminated ?? lastState?.terminated;
  if (waiting?.reason === 'ImagePullBackOff')
    return `ImagePullBackOff: ${pullError(warnings) ?? waiting.message ?? ''}`;
  const isCrashing = waiting?.reason === 'CrashLoopBackOff' || (!ready && waiting === undefined);
  if (isCrashing && crash !== undefined && (crash.exitCode !== 0 || restartCount > 0)) {
    const times = restartCount === 0 ? '' : `, ${restartCount} restarts`;
    const how =
      crash.signal === undefined || crash.signal === 0 ? `exit code ${crash.exitCode}` : `signal ${crash.signal}`;
    return `crashed with ${how}${times}: ${reasonOf(crash)}`;
  }
  if (waiting?.reason === undefined || STARTING.has(waiting.reason)) return undefined;
  return reasonOf(waiting);
}

/** While the kubelet waits before it tries again, only the events have the error of the pull. */
function pullError(warnings: readonly ClusterEvent[]): string | undefined {
  return warnings.find(({ message }) => message?.startsWith('Failed to pull image'))?.message;
}

function timeOf({ series, lastTimestamp, eventTime, metadata }: ClusterEvent): number {
  return Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '') || 0;
}
