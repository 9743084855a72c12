/**
 * READ FIRST. Every payload that crosses a process, in flow order, and the names that two worlds share.
 * State machine payloads stay small (262,144 bytes is Step Functions' hard limit); the full plan, the release record and
 * the report lie in the object store under the keys made by `objectKeys`. What starts a run is in `run-input.ts`,
 * what is said of base images in `build-facts.ts`, what the states of one job pass on in `job-contract.ts`, the
 * approval in `approval-contract.ts`, how a run ends that failed in
 * `run-end.ts`.
 */

import type { BuildOutcome } from './job';
import type { Plan, Totals } from './plan';
import type { Action } from './run-input';

// ------------------------------------------------------------------------------------------------------- 5. the report
/** `state` is the run's whole state data; `error` is set on the failure path. `execution` is the execution's ARN. */
export interface ReportRequest {
  readonly run: string;
  readonly execution?: string;
  readonly startedAt: string;
  /** How often the run was redriven by now. */
  readonly redrives?: number;
  readonly state: unknown;
}

type RunStatus = 'SUCCEEDED' | 'FAILED' | 'PLANNED';

/** The report of a run, stored under `objectKeys.report(run)`, and the execution's output. */
export interface RunReport extends Pick<Plan, 'note'> {
  readonly schema: 1;
  readonly run: string;
  /** Of a run that was redriven: how often. */
  readonly redrives?: number;
  readonly status: RunStatus;
  readonly action: Action | 'unknown';
  readonly ref?: string;
  readonly environment?: string;
  readonly source?: string;
  readonly version?: string;
  readonly totals: Totals;
  readonly work: RunWork;
  readonly failed: readonly BuildOutcome[];
  /** Where modules are published: the packages that belong to the source, as far as they are there. */
  readonly packages?: readonly ReportedPackage[];
  readonly superseded: readonly string[];
  readonly commit: string | null;
  readonly seconds: number;
  readonly error?: { readonly name: string; readonly message: string };
  /** Where its Markdown for people lies: a page of the S3 console, or a path. */
  readonly summary?: string;
  /** Why the git host could not be told how the run ended; nothing else depends on that. */
  readonly statusProblem?: string;
}

// What the jobs of a run were: how many images they built, and at what cost.

/** What the jobs of a run were. */
export interface RunWork {
  /** Images that were built; modules are none. */
  readonly built: number;
  /** Images whose content had changed, and of which there was an image already. */
  readonly cacheHits: number;
  /** Build minutes by the catalog, and their cost in US dollars; null where the price of a machine is not known. */
  readonly minutes: number;
  readonly cost: number | null;
}

// What the states of one job pass on once its build machine is done, and the jobs that build modules. Read `contract.ts` first.

/** A package as a run leaves it: `name==version` is what installs it. `isNew` if this very run published it. */
export interface ReportedPackage {
  readonly module: string;
  readonly package: string;
  readonly version: string;
  readonly isNew: boolean;
}

// How a run ends that does not succeed: what its last state is given, and what EventBridge tells of it.

/** `redrives` says how often the run was redriven by now, `failedIn` by when it failed. */
export interface EndRequest {
  readonly error: { readonly Error: string; readonly Cause?: string };
  readonly failedIn: { readonly redrives: number };
  readonly redrives: number;
}

/** EventBridge's event of an execution that did not succeed, as far as it is read. `startDate` is in ms since 1970, `input` JSON. */
export interface ExecutionEnded {
  readonly detail: {
    readonly executionArn: string;
    readonly name: string;
    readonly status: 'FAILED' | 'ABORTED' | 'TIMED_OUT';
    readonly startDate: number;
    readonly input?: string | null;
    readonly error?: string | null;
    readonly cause?: string | null;
    readonly redriveCount?: number;
  };
}
