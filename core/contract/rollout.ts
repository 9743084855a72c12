/**
 * Contract, part 6: what happens after the commit. The environment is deployed, verified, watched, and the next one is promoted to; or the
 * run is rolled back. The state machine asks the rollout step what to do next, and does it.
 */
import type { ErrorName } from './errors';
import type { PromoteInput, RollbackInput } from './run-input';

/** `deploy` begins. `rolledBack` comes after the rollback of a run that failed. */
export type RolloutPhase = 'deploy' | 'verify' | 'watch' | 'rolledBack';

/** The input of the rollout step. `last` has `error` if the command that it asked for failed; undefined in the first call. */
export interface RolloutRequest {
  readonly run: string;
  readonly phase: RolloutPhase;
  readonly redrives: number;
  readonly last?: unknown;
}

/** What the state machine does next. */
export interface RolloutStep {
  readonly next: 'verify' | 'watch' | 'wait' | 'command' | 'promote' | 'rollBack' | 'done';
  /** The phase to go on with after a wait or a command. */
  readonly phase: 'verify' | 'watch';
  /** The length of a wait, in seconds. */
  readonly seconds: number;
  readonly command?: CommandJob;
  /** A run to start, under a name that is the same each time. */
  readonly start?:
    | { readonly name: string; readonly input: PromoteInput }
    | { readonly name: string; readonly input: RollbackInput };
}

/** A job that deploys or checks, as the state machine passes it to the build machine. All values are data, never shell text. */
export interface CommandJob {
  readonly run: string;
  /** `deploy`, or the name of a check. */
  readonly name: string;
  /** Unique within a run. CodeBuild gives the same build for the same id. */
  readonly id: string;
  /** Folder of the source archive at the released commit. */
  readonly source: string;
  /** Minutes (CodeBuild allows 5 to 2160). */
  readonly timeoutMinutes: number;
  /** The bound that the settings give, which can be shorter than CodeBuild's. */
  readonly seconds: string;
  readonly environment: string;
  readonly commit: string;
  /** Path of the script; empty for Helm. */
  readonly script: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly chart: string;
  readonly release: string;
  /** Paths for Helm's option `--values`, with commas between them. */
  readonly values: string;
}

/** What the cluster runs of one service. `missing`: no workload of the namespace uses the image. */
export interface RolledOutService {
  readonly service: string;
  readonly state: 'converged' | 'progressing' | 'failed' | 'missing';
  readonly expected: string;
  readonly running: readonly string[];
  readonly ready: number;
  readonly wanted: number;
  readonly why?: string;
}

/** A check, as it was last. `unreachable`: nothing answered, so that nothing is known. */
export interface CheckResult {
  readonly name: string;
  readonly state: 'waiting' | 'passed' | 'failed' | 'unreachable';
  /** Tries in this look. */
  readonly tries: number;
  readonly why?: string;
}

/** `superseded`: a newer run of the environment took over. `unreachable`: a person has to look. */
export type RolloutEnd = 'verified' | 'failed' | 'superseded' | 'unreachable';

/** What happened after the commit of a run, so far, stored under `objectKeys.rollout(run)`. The rollout step alone writes it. */
export interface RolloutRecord {
  readonly schema: 1;
  readonly run: string;
  readonly redrives: number;
  readonly isRollback: boolean;
  /** Who started the run, for the runs that it starts. */
  readonly startedBy?: string;
  /** The newest commit of the version lock when it began. A newer one is another run's. */
  readonly lockCommit: string;
  /** What the values file names, service by service. */
  readonly images: readonly RolledOutImage[];
  /** The services that the run changed. */
  readonly released: readonly string[];
  /** The check whose command runs, or `deploy`. */
  readonly command?: string;
  /** Commands started so far: makes their ids unique. */
  readonly commands: number;
  // Moments in ms since 1970.
  /** Since when the environment is expected to have converged, in a watch: since when it is no longer as it was. */
  readonly unsettledSince?: number;
  readonly unreachableSince?: number;
  /** The error of a run that is being rolled back. */
  readonly failedAs?: ErrorName;
  readonly report: Rollout;
}

/** An image that the values file names. `image` has the host and no tag. `children` are digests that prove the same content. */
export interface RolledOutImage {
  readonly service: string;
  readonly image: string;
  readonly version: string;
  readonly digest: string;
  readonly children?: readonly string[] | undefined;
}

/** What happened after the commit of a run: a part of its report. */
export interface Rollout {
  readonly environment: string;
  /** The commit that was deployed. */
  readonly commit: string;
  /** Absent while it goes on, and for a run that was stopped. */
  readonly end?: RolloutEnd;
  /** The reason of an end that is not `verified`, or what it waits for. One line. */
  readonly why?: string;
  readonly services: readonly RolledOutService[];
  readonly checks: readonly CheckResult[];
  /** Times are ISO 8601. */
  readonly watch?: { readonly from: string; readonly until: string; readonly looks: number };
  /** The run that a newer commit of the same environment came from. */
  readonly newerRun?: string;
  /** The run that rolled this one back. */
  readonly rollback?: { readonly run: string; readonly commit: string | null; readonly problem?: string };
  /** The run that promotes to the next environment. */
  readonly promotion?: { readonly run: string; readonly environment: string };
}
