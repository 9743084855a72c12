/** Judges if a namespace runs what was released. Pure: the caller reads the cluster and waits. */
import { type ImageReference, parseReference } from '../image/reference';
import type { NamespaceSnapshot, Pod, PodSpec } from '../ports/cluster';
import { explain, isReady, oneLine } from './why';
import { type Workload, workloadsOf } from './workloads';

/** An image that an environment's values file names. */
export interface ExpectedImage {
  readonly service: string;
  /** The image's name in the cluster, with host and without tag: `registry.example.com/acme/restapi`. */
  readonly image: string;
  /** The tag that workloads name. */
  readonly version: string;
  /** The released digest: of the index, if the image has several platforms or attestations. */
  readonly digest: string;
  /** Digests that prove the same content: of the index's manifests, and of their configs. A runtime may report any of them. */
  readonly children?: readonly string[] | undefined;
}

/** `missing`: no workload of the namespace uses the image. */
export type ConvergenceState = 'converged' | 'progressing' | 'failed' | 'missing';

/** The workloads of one service in the namespace. `ready` and `wanted` count the pods of all its workloads. */
export interface ServiceConvergence {
  readonly service: string;
  readonly state: ConvergenceState;
  readonly expected: string;
  /** The digests that the service's containers run, each once, sorted. A digest that proves the expected one is printed as that one. */
  readonly running: readonly string[];
  readonly ready: number;
  readonly wanted: number;
  /** One line: why the service has not converged, or what a reader should know about one that has. */
  readonly why?: string;
}

/**
 * Returns the state of each expected service, in the order given.
 *
 * `converged`: every workload names the version, is complete by the rules of its kind, and all its pods run the released digest. `failed`:
 * waiting does not help, because the cluster gave up on the released version, or because a pod that names it runs another digest.
 * `progressing`: everything else, so the caller decides how long to wait. An image that crashes is `progressing` until its kind's own
 * deadline: it may wait for another service.
 */
export function judgeConvergence(
  expected: readonly ExpectedImage[],
  snapshot: NamespaceSnapshot,
): readonly ServiceConvergence[] {
  const workloads = workloadsOf(snapshot);
  return expected.map((image) => {
    const name = parseReference(image.image);
    const using = workloads.flatMap((workload) => {
      const containers = containersOf(workload.spec, name);
      return containers.length === 0 ? [] : [judgeWorkload(image, workload, containers, snapshot)];
    });
    return summarize(image, using, snapshot.namespace);
  });
}

/** `past`: the workload ran an older version and never changes again. */
interface Verdict extends Pick<ServiceConvergence, 'running' | 'ready' | 'wanted' | 'why'> {
  readonly state: 'converged' | 'progressing' | 'failed' | 'past';
}

/** The state of several workloads is the first of these that one of them has. */
const WORST_FIRST: readonly Verdict['state'][] = ['failed', 'progressing', 'converged', 'past'];

function summarize(
  { service, digest }: ExpectedImage,
  verdicts: readonly Verdict[],
  namespace: string,
): ServiceConvergence {
  const [worst] = WORST_FIRST.flatMap((state) => verdicts.filter((each) => each.state === state));
  const why = worst === undefined ? `no workload of namespace ${namespace} uses the image` : worst.why;
  const current = verdicts.filter(({ state }) => state !== 'past');
  const sum = (count: 'ready' | 'wanted') => current.reduce((total, each) => total + each[count], 0);
  return {
    service,
    state: worst === undefined ? 'missing' : worst.state === 'past' ? 'progressing' : worst.state,
    expected: digest,
    running: [...new Set(current.flatMap(({ running }) => running))].toSorted(),
    ready: sum('ready'),
    wanted: sum('wanted'),
    ...(why === undefined ? {} : { why: oneLine(why) }),
  };
}

/** A container of a template that has one of our images. */
interface NamedImage {
  readonly container: string;
  readonly reference: ImageReference;
}

function judgeWorkload(
  expected: ExpectedImage,
  workload: Workload,
  containers: readonly NamedImage[],
  { events }: NamespaceSnapshot,
): Verdict {
  const { kind, name, progress, pods } = workload;
  const names = new Set(containers.map(({ container }) => container));
  const running = pods.flatMap((pod) => runningDigests(pod, names).map((digest) => ({ pod, digest })));
  const printed = running.map(({ digest }) => (isReleased(expected, digest) ? expected.digest : digest));
  const verdict = (state: Verdict['state'], why?: string): Verdict => ({
    state,
    running: printed,
    ready: progress.ready,
    wanted: progress.wanted,
    ...(why === undefined ? {} : { why: `${kind} ${name}: ${why}` }),
  });

  const other = containers.find(({ reference }) => !namesRelease(expected, reference));
  if (other !== undefined) {
    const text = `names ${printTag(other.reference)}, not ${expected.version}`;
    // What ran to its end before the release never changes again.
    return verdict(isPast(workload) ? 'past' : 'progressing', text);
  }
  if (progress.state === 'failed') return verdict('failed', joined(progress.why, explain(workload, events)));

  const foreign = running.filter(({ digest }) => !isReleased(expected, digest));
  const wrong = foreign.find(({ pod }) => podNamesRelease(expected, pod, names));
  if (wrong !== undefined)
    return verdict('failed', `pod ${wrong.pod.metadata.name} runs ${wrong.digest}, not the released digest`);
  if (progress.state === 'progressing')
    return verdict('progressing', joined(progress.why, explain(workload, events), heldBy(expected, workload, names)));
  if (foreign.length > 0)
    return verdict('progressing', `pod ${foreign[0]?.pod.metadata.name} of an older template is still running`);
  // The lists of one snapshot are read one after the other, so that a status may be newer than its pods.
  const proven = pods.filter((pod) => runningDigests(pod, names).length === names.size).length;
  if (progress.state === 'complete' && proven < progress.wanted)
    return verdict('progressing', `${proven} of ${progress.wanted} pods are listed with their digest`);
  return verdict('converged', progress.why);
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('; ');
}

/**
 * A StatefulSet that replaces pods in order waits for one of an older template that never becomes ready, even after a rollback
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback).
 */
function heldBy(expected: ExpectedImage, { kind, pods }: Workload, names: ReadonlySet<string>): string | undefined {
  if (kind !== 'StatefulSet') return undefined;
  const held = pods.find((pod) => !isReady(pod) && !podNamesRelease(expected, pod, names));
  return held && `delete pod ${held.metadata.name} if it stays: a StatefulSet waits for pods of an older template, too`;
}

/** A Job or bare pod at its end keeps its template forever; a Job that runs ends by itself. */
function isPast({ kind, progress }: Workload): boolean {
  return kind === 'Job' || (kind === 'Pod' && (progress.state === 'ended' || progress.state === 'failed'));
}

function containersOf({ containers, initContainers = [] }: PodSpec, name: ImageReference): readonly NamedImage[] {
  return [...initContainers, ...containers].flatMap(({ name: container, image }) => {
    const reference = parsed(image);
    const isOurs = reference?.host === name.host && reference.repository === name.repository;
    return isOurs ? [{ container, reference }] : [];
  });
}

function parsed(image: string | undefined): ImageReference | undefined {
  try {
    return image === undefined ? undefined : parseReference(image);
  } catch {
    return undefined;
  }
}

/** A runtime pulls by the digest if a reference has both, and `latest` if it has neither. */
function namesRelease(expected: ExpectedImage, { tag = 'latest', digest }: ImageReference): boolean {
  return digest === undefined ? tag === expected.version : isReleased(expected, digest);
}

function printTag({ tag = 'latest', digest }: ImageReference): string {
  return digest ?? tag;
}

/** True if the pod was made from a template with the released version. A webhook may have changed the host, which does not count. */
function podNamesRelease(expected: ExpectedImage, { spec }: Pod, names: ReadonlySet<string>): boolean {
  return [...(spec.initContainers ?? []), ...spec.containers]
    .filter(({ name }) => names.has(name))
    .every(({ image }) => {
      const reference = parsed(image);
      return reference !== undefined && namesRelease(expected, reference);
    });
}

function isReleased({ digest, children = [] }: ExpectedImage, running: string): boolean {
  return running === digest || children.includes(running);
}

/**
 * Returns the digests that the pod's containers of those names run, without those that have not started.
 *
 * What `imageID` contains depends on the runtime: the kubelet copies its `image_ref` (Kubernetes 1.36, kubelet_pods.go). containerd reports a repository digest, which is that of the index for an image of
 * several platforms (containerd pull request 12787), or the digest of the config if the image was imported (kubernetes issue 115199).
 * CRI-O reports the config's since 1.28, as bare hex (quay/container-security-operator pull request 122), and a repository digest before,
 * of the index or the platform's manifest. cri-dockerd writes `docker-pullable://` before it (kubernetes issue 95968).
 */
function runningDigests({ status = {} }: Pod, names: ReadonlySet<string>): readonly string[] {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
    .filter(({ name, imageID }) => names.has(name) && imageID !== '')
    .map(({ imageID }) => {
      const hex = /(?:^|[:/@])([0-9a-f]{64})$/.exec(imageID)?.[1];
      return hex === undefined ? imageID.slice(0, 100) : `sha256:${hex}`;
    });
}
