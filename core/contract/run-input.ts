/**
 * Contract, part 1: the input of a run. Read the parts in flow order: run-input, plan, job, release, report. They share names from image
 * (what an image is), job-environment (variables of a build), keys (where things are stored) and errors.
 */

/** The actions of a run. */
export const ACTIONS = ['push', 'release', 'build', 'promote', 'rollback'] as const;
export type Action = (typeof ACTIONS)[number];

/** `smart` builds what changed, `conservative` all but retag-only services, `minimal` only what changed in its own folder. */
export const STRATEGIES = ['smart', 'conservative', 'minimal'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** A branch moved. `ref` is a full ref (`refs/heads/develop`), `commit` its new head (40 hex digits). */
export interface PushInput {
  readonly action: 'push';
  readonly ref: string;
  readonly commit: string;
  readonly dryRun?: boolean;
}

/** Gives every service the version. `ref` is a branch. `from` is the version that is expected to be there now. */
export interface ReleaseInput {
  readonly action: 'release';
  readonly version: string;
  readonly from?: string;
  readonly ref: string;
  readonly strategy?: Strategy;
  readonly dryRun?: boolean;
}

/** Gives the named services the version (a hotfix). `ref` is a branch. */
export interface BuildInput {
  readonly action: 'build';
  readonly services: readonly string[];
  readonly version: string;
  readonly ref: string;
  readonly dryRun?: boolean;
}

/**
 * Gives tested images their next version without a build. Without `services` it promotes a whole release. `from` is the tested version.
 * With `environment`, `from` is optional: the default is what the environment before it has now. With `run`, every image keeps its version.
 */
export interface PromoteInput {
  readonly action: 'promote';
  readonly services?: readonly string[];
  readonly from?: string;
  /** The next version. Absent if a run is named. */
  readonly version?: string;
  /** Promotes exactly what that run left in the environment before `environment`. */
  readonly run?: string;
  /** The environment to promote to, from the one before it in the settings. Default: the branch's own. */
  readonly environment?: string;
  /** A branch. Default: the first branch rule that allows this action and is not a pattern. */
  readonly ref?: string;
  readonly dryRun?: boolean;
}

/**
 * Puts all services, or the named ones, back to a recorded release, or undoes a run. Exactly one of `version` and `run` is given. `ref` has
 * the same default as in a promotion; with `run` it is the branch of that run.
 */
export interface RollbackInput {
  readonly action: 'rollback';
  readonly version?: string;
  /** The run to undo: every service that it changed goes back to what it had before, unless a newer run has changed it since. */
  readonly run?: string;
  /** The reason, for the commit message. One line. */
  readonly reason?: string;
  readonly services?: readonly string[];
  /** Default: the environment of the branch. */
  readonly environment?: string;
  readonly ref?: string;
  readonly dryRun?: boolean;
}

/** Runs that read the source at a commit and may build. */
export type SourceInput = PushInput | ReleaseInput | BuildInput;

/** Runs that read only the records in git and the registry. */
export type RecordedInput = PromoteInput | RollbackInput;

/** The only public input of the state machine, once `parseExecutionInput` has checked it. */
export type ExecutionInput = SourceInput | RecordedInput;
