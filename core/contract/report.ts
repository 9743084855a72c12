/** Contract, part 5: the report of a run, and how a run ends that failed. */
import type { RunTiming } from './estimate';
import type { BuildOutcome, ModuleKind } from './job';
import type { Plan, ServiceAction, Totals } from './plan';
import type { GivenApproval, MadeTag, Pull, SupersededBy } from './release';
import type { Rollout } from './rollout';
import type { Action } from './run-input';
import type { ScanReport } from './scan/scan';

/** The input of the report step. `execution` is the ARN; `state` the state machine's data, with `error` on the failure path. */
export interface ReportRequest {
  readonly run: string;
  readonly execution?: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The number of redrives so far. */
  readonly redrives?: number;
  readonly state: unknown;
}

/** `PLANNED`: a dry run, which wrote nothing. */
type RunStatus = 'SUCCEEDED' | 'FAILED' | 'PLANNED';

/** The report of a run, stored under `objectKeys.report(run)`. It is the execution's output, without `services` and `tagged`. */
export interface RunReport extends Pick<Plan, 'note' | 'warnings'> {
  readonly schema: 1;
  readonly run: string;
  /** The number of redrives. Absent if there was none. */
  readonly redrives?: number;
  readonly status: RunStatus;
  /** True for a dry run, whatever its end. Absent otherwise. */
  readonly dryRun?: boolean;
  readonly action: Action | 'unknown';
  readonly ref?: string;
  /** Absent if the run failed before it had a plan. */
  readonly environment?: string;
  readonly source?: string;
  readonly version?: string;
  readonly startedBy?: string;
  /** Absent if no approval was required, or none was given. */
  readonly approval?: GivenApproval;
  /** The findings of the images before they got their versions. Absent if nothing was scanned. */
  readonly scan?: ScanReport;
  /** The git tag that was made. Absent if there is none. */
  readonly tag?: MadeTag;
  /** The plan's numbers. */
  readonly totals: Totals;
  /** The numbers of what happened. */
  readonly counts: RunCounts;
  /** The words for what happened, which every medium prints. */
  readonly result: string;
  /** The end of each service, in the plan's order. */
  readonly services?: readonly ReportedService[];
  readonly work: RunWork;
  /** The real time of the jobs beside the estimate. Absent unless all of them succeeded in the run's first attempt. */
  readonly timing?: RunTiming;
  /** Every job that did not succeed: images and modules, failed or stopped. */
  readonly failed: readonly BuildOutcome[];
  /** The ends of the modules. Absent if the run has none. */
  readonly modules?: ModuleCounts;
  /** The packages that belong to the source, as far as the index has them. Absent if no module is published. */
  readonly packages?: readonly ReportedPackage[];
  /** Services that got their version, but not on the branch. */
  readonly superseded: readonly string[];
  /** The reason why they are superseded. Absent if none is. */
  readonly supersededBy?: SupersededBy;
  /** Services whose images have their version although the release broke off. Absent if there are none. */
  readonly tagged?: readonly string[];
  /** Services whose manifests could not be kept when they were built: the release pulls them. Absent if none. */
  readonly notKept?: readonly string[];
  readonly commit: string | null;
  /** Pages of source and commit at their git hosts. Absent for repositories on disk. */
  readonly sourcePage?: string;
  readonly commitPage?: string;
  /** The pull request of the commit, merged or not. Absent for a push. */
  readonly pull?: Pull;
  /** What happened after the commit. Absent if nothing follows in the environment. */
  readonly rollout?: Rollout;
  /** ISO 8601. Absent in reports of older versions. */
  readonly startedAt?: string;
  readonly seconds: number;
  readonly error?: { readonly name: string; readonly message: string };
  /** The place of the Markdown summary: a page of the S3 console, or a path. */
  readonly summary?: string;
  /** The place of the run's page, likewise. */
  readonly page?: string;
  /** The reason if the commit status could not be written. Nothing else depends on it. */
  readonly statusProblem?: string;
}

/** The ends of a service's image in a run. */
export const SERVICE_ENDS = ['built', 'retagged', 'kept', 'failed', 'notDone'] as const;

/**
 * `built`: the build succeeded, with or without a release after it. `retagged`: an existing image got its version or, in a rollback, was
 * restored. `notDone`: planned, but the run ended before, or was a dry run.
 */
export type ServiceEnd = (typeof SERVICE_ENDS)[number];

/** The number of services by end. Every planned service is counted once. */
export type RunCounts = Readonly<Record<ServiceEnd, number>>;

/** One service of the run: its planned action and its end. */
export interface ReportedService {
  readonly name: string;
  readonly stage: string;
  readonly action: ServiceAction;
  readonly end: ServiceEnd;
  /** The version before the run, and the one that the run gave it. Absent if there is none. */
  readonly previousVersion?: string;
  readonly version?: string;
  /** The end of its tests. Absent if the run built no image with tests. */
  readonly tests?: TestEnd;
}

/** `notRun`: the build broke off before them, or the builder runs nothing (the embedded one). */
export type TestEnd = 'passed' | 'failed' | 'notRun';

/** The number of modules by end. */
export interface ModuleCounts {
  readonly published: number;
  readonly kept: number;
  readonly failed: number;
  readonly notDone: number;
}

/** The cost of a run's jobs. */
export interface RunWork {
  /** Images that were built, as in `counts`. */
  readonly built: number;
  /** Images that did not have to be built because their new content was built or released before. */
  readonly cacheHits: number;
  /** Build minutes by the catalog. */
  readonly minutes: number;
  /** US dollars; null if the price of a machine is not known. */
  readonly cost: number | null;
}

/** A package that the index has after the run. `name==version` installs it. `isNew` if this run published it. */
export interface ReportedPackage {
  readonly module: string;
  /** Absent for a Python package. */
  readonly kind?: ModuleKind | undefined;
  readonly package: string;
  readonly version: string;
  readonly isNew: boolean;
}

/** The times of a run, in ms since 1970. A run that has not ended has open steps and jobs. Stored under `objectKeys.timeline(run)`. */
export interface RunTimeline {
  readonly schema: 1;
  readonly run: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** States of the state machine's top level, in the order in which they began. */
  readonly steps: readonly TimedStep[];
  /** Jobs in the order in which they were queued. A second attempt replaces the first. */
  readonly jobs: readonly TimedJob[];
}

export interface TimedStep {
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** A job waits for a machine from `queuedAt` to `startedAt`. `name` is that of its outcome. */
export interface TimedJob {
  readonly name: string;
  readonly queuedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Set if the job did not succeed. */
  readonly isFailed?: boolean;
}

/** The input of the end step. `redrives` is how often the run has been redriven by now, `failedIn` by when it failed. */
export interface EndRequest {
  readonly error: { readonly Error: string; readonly Cause?: string };
  /** `report` is absent if the failure could not be reported. */
  readonly failedIn: { readonly redrives: number; readonly report?: Pick<RunReport, 'result'> };
  readonly redrives: number;
}

/** The ends of an execution, in the words of Step Functions. */
export type ExecutionEnd = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** The fields used of EventBridge's event about an execution that did not succeed. `startDate` is in ms since 1970, `input` is JSON. */
export interface ExecutionEnded {
  readonly detail: {
    readonly executionArn: string;
    readonly name: string;
    readonly status: Exclude<ExecutionEnd, 'SUCCEEDED'>;
    readonly startDate: number;
    readonly input?: string | null;
    readonly error?: string | null;
    readonly cause?: string | null;
    readonly redriveCount?: number;
  };
}

/** Hosts of the AWS console by partition: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export const CONSOLE_HOSTS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};
