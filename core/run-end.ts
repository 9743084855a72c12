/** How a run ends that does not succeed: what its last state is given, and what EventBridge tells of it. */

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

/** What a job asks before it starts, where a run stops at its first failure. */
export interface PermitRequest {
  readonly run: string;
  readonly redrives: number;
}

export interface PermitResult {
  readonly granted: boolean;
}
