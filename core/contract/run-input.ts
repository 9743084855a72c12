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

/** The name of the only environment, if the settings have just a values file. Messages leave it out, because no person gave it. */
export const ONLY_ENVIRONMENT = 'default';

/** The most characters of the name of a person or identity; no ARN of an identity is longer. */
export const LONGEST_ACTOR = 256;

/** Fields that every input may have. */
interface Started {
  readonly dryRun?: boolean;
  /**
   * The starter of the run: the ARN of an IAM identity, the name of a user of this machine, or `git:` and the name of a person who pushed.
   * The starter writes it, so it informs and proves nothing.
   */
  readonly startedBy?: string;
}

/** A branch moved. `ref` is a full ref (`refs/heads/develop`), `commit` its new head (40 hex digits). */
export interface PushInput extends Started {
  readonly action: 'push';
  readonly ref: string;
  readonly commit: string;
}

/** Gives every service the version. `ref` is a branch. `from` is the version that is expected to be there now. */
export interface ReleaseInput extends Started {
  readonly action: 'release';
  readonly version: string;
  readonly from?: string;
  readonly ref: string;
  readonly strategy?: Strategy;
}

/** Gives the named services the version (a hotfix). `ref` is a branch. */
export interface BuildInput extends Started {
  readonly action: 'build';
  readonly services: readonly string[];
  readonly version: string;
  readonly ref: string;
}

/**
 * Gives tested images their next version without a build. Without `services` it promotes a whole release. `from` is the tested version.
 * With `environment`, `from` is optional: the default is what the environment before it has now. With `run`, every image keeps its version.
 */
export interface PromoteInput extends Started {
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
}

/**
 * Puts all services, or the named ones, back to a recorded release, or undoes a run. Exactly one of `version` and `run` is given. `ref` has
 * the same default as in a promotion; with `run` it is the branch of that run.
 */
export interface RollbackInput extends Started {
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
}

/** Runs that read the source at a commit and may build. */
export type SourceInput = PushInput | ReleaseInput | BuildInput;

/** Runs that read only the records in git and the registry. */
export type RecordedInput = PromoteInput | RollbackInput;

/** The only public input of the state machine, once `parseExecutionInput` has checked it. */
export type ExecutionInput = SourceInput | RecordedInput;
