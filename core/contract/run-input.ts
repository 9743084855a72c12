/** What starts a run: the only public input of the state machine. A person writes it, or the webhook makes it of a push. */

/** What a run may be asked to do. */
export const ACTIONS = ['push', 'release', 'build', 'promote', 'rollback'] as const;
export type Action = (typeof ACTIONS)[number];

/** `smart` builds what changed; `conservative` rebuilds all but retag-only; `minimal` only what changed in its own folder. */
export const STRATEGIES = ['smart', 'conservative', 'minimal'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** A branch moved. `ref` is a full ref (`refs/heads/develop`), `commit` its new head, 40 hex digits. */
export interface PushInput {
  readonly action: 'push';
  readonly ref: string;
  readonly commit: string;
  readonly dryRun?: boolean;
}

/** Give every service the version. `ref` is a branch; `from` names the version expected to be there now. */
export interface ReleaseInput {
  readonly action: 'release';
  readonly version: string;
  readonly from?: string;
  readonly ref: string;
  readonly strategy?: Strategy;
  readonly dryRun?: boolean;
}

/** Give the named services the version (a hotfix). `ref` is a branch. */
export interface BuildInput {
  readonly action: 'build';
  readonly services: readonly string[];
  readonly version: string;
  readonly ref: string;
  readonly dryRun?: boolean;
}

/**
 * Give tested images their next name, without a build. Without `services` a whole release is promoted. `from` is the version that was
 * tested; it may be left out with `environment`, which then gets what the environment before it has now.
 */
export interface PromoteInput {
  readonly action: 'promote';
  readonly services?: readonly string[];
  readonly from?: string;
  readonly version: string;
  /** The environment that is promoted to, from the one before it in the settings; default: within the branch's own. */
  readonly environment?: string;
  /** A branch; default: the first in the settings' branch rules that allows this and is no pattern. */
  readonly ref?: string;
  readonly dryRun?: boolean;
}

/** Put the values file back to a recorded release, for all or some services. Without `ref` as in a promotion. */
export interface RollbackInput {
  readonly action: 'rollback';
  readonly version: string;
  readonly services?: readonly string[];
  /** Default: the environment of the branch. */
  readonly environment?: string;
  readonly ref?: string;
  readonly dryRun?: boolean;
}

/** Runs that look at the source at a commit, and may build. */
export type SourceInput = PushInput | ReleaseInput | BuildInput;
/** Runs that only use what is recorded in git and lies in the registry. */
export type RecordedInput = PromoteInput | RollbackInput;

/** The only public input of the state machine, after `parseExecutionInput`. */
export type ExecutionInput = SourceInput | RecordedInput;
