/** Contract, part 4: approval, release and commit. */
import type { BuildFacts, TagPlace } from './image';
import type { NestedOutcomes } from './job';
import type { PlannedTag, UndoneRun } from './plan';
import type { Action } from './run-input';

/** The name of the state in which a run waits for a person. */
export const WAITING_STATE = 'Wait for approval';

/** The answer of a person who approved a run. The person's own command writes it; IAM decides who may answer at all. */
export interface GivenApproval {
  /** The ARN of an IAM identity, or the name of a user of this machine. Absent if the answer had no name. */
  readonly by?: string;
  readonly comment?: string;
}

/** The input of the approval step. Anybody who has `token` can answer for the waiting state. */
export interface ApprovalRequest {
  readonly run: string;
  /** The ARN of the execution. */
  readonly execution?: string;
  /** The number of redrives so far. */
  readonly redrives?: number;
  readonly token: string;
  readonly seconds: number;
  readonly builds: NestedOutcomes;
}

/** The question, stored under `objectKeys.approval(run)` for `pipeline approve` and `pipeline reject`. */
export interface Approval {
  readonly schema: 1;
  readonly run: string;
  readonly token: string;
  /** ISO 8601. Without an answer by then, the run is not approved. */
  readonly until: string;
  /** As in the request. Absent for none. */
  readonly redrives?: number;
  /** What the run does, in one line: `promote v1.4.0 to production`. */
  readonly title?: string;
  readonly environment?: string;
  readonly startedBy?: string;
  /** True if the person who started the run must not approve it. */
  readonly notByStarter?: boolean;
}

/** The answer on one machine, stored under `objectKeys.answer(run)`. In AWS it goes to the state machine itself. */
export interface ApprovalAnswer extends GivenApproval {
  readonly approved: boolean;
  /** Those of the question. Absent in AWS. */
  readonly redrives?: number;
  readonly reason?: string;
}

/** The input of the release step. `builds` are the outcomes as the state machine leaves them. */
export interface ReleaseRequest {
  readonly run: string;
  readonly builds: NestedOutcomes;
  /** The output of the waiting state, which any JSON may be. False if no approval was required. */
  readonly approval?: unknown;
}

/**
 * The input of the release step for an environment with a registry of its own. `check` looks at it before anything is built. `deliver` puts
 * the images of the release record there. `until` is the end of the time for that, in ms since 1970, as the last call returned it.
 */
export interface DeliverRequest {
  readonly run: string;
  readonly phase: 'check' | 'deliver';
  readonly until?: number;
}

/** Asks the release function, which alone may use the registry of an environment, what it cannot do there. `pipeline doctor` sends it. */
export interface ProbeRequest {
  readonly run: string;
  readonly phase: 'probe';
  readonly environment: string;
  /** The images of the catalog. */
  readonly images: readonly string[];
  /** What the version lock of the environment names, which should be there. */
  readonly recorded: readonly RecordedImage[];
}

/** An image by its name in the catalog. */
export type RecordedImage = Pick<ReleasedService, 'image' | 'version' | 'digest'>;

/** Each problem is one sentence, with what to do. */
export interface ProbeResult {
  readonly problems: readonly string[];
}

/** `wait`: images are missing yet; the step is called again after `seconds`, with `until`. */
export interface DeliverStep {
  readonly next: 'wait' | 'done';
  readonly seconds: number;
  readonly until: number;
  /** Images that are complete in the environment's registry. */
  readonly delivered: number;
}

/** One service with its version. `digest` is the manifest's (`sha256:...`), `source` the commit that its image was planned at. */
export interface ReleasedService extends BuildFacts {
  readonly name: string;
  readonly image: string;
  readonly version: string;
  readonly digest: string;
  readonly inputDigest: string;
  readonly source: string;
  readonly values: readonly TagPlace[];
  readonly followsPlatform: boolean;
}

/** One published module with the version that a release gave it. `source` is the commit that the version was planned at. */
export interface ReleasedModule {
  readonly name: string;
  readonly version: string;
  /** 40 hex digits over the module's files. */
  readonly contentDigest: string;
  readonly source: string;
}

/** The release record, stored under `objectKeys.release(run)` once all versions are given. */
export interface ReleaseRecord {
  readonly schema: 1;
  readonly run: string;
  readonly action: Action;
  readonly commit: string;
  /** As in the plan. */
  readonly valuesCommit?: string;
  readonly ref: string;
  readonly environment: string;
  readonly platformVersion?: string;
  readonly rollbackTo?: string;
  readonly rollbackOf?: UndoneRun;
  readonly startedBy?: string;
  /** Absent if no approval was required. */
  readonly approval?: GivenApproval;
  readonly services: readonly ReleasedService[];
  /** Absent if the run gave no module a version of its own. */
  readonly modules?: readonly ReleasedModule[];
}

/** One image that has its version, stored under `objectKeys.tagged(run, service)`. */
export type TaggedImage = Pick<ReleasedService, 'version' | 'digest'>;

/** The result of the release step: how many images got a version. */
export interface ReleaseResult {
  readonly tagged: number;
}

/** The input of the commit step. With `phase`, it looks at the pull request that it opened before. */
export interface CommitRequest {
  readonly run: string;
  readonly phase?: 'merge';
}

/** The beginning of the pipeline's own branches, which hold a commit until its pull request is merged. No run is on them. */
export const PROPOSALS = 'image-pipeline/';

/** The result of the commit step, stored under `objectKeys.commit(run)`. */
export interface CommitResult {
  /** The commit that updated the values files, or null if every byte was already right. */
  readonly commit: string | null;
  readonly changes: number;
  /** Services left as they are on the branch. */
  readonly superseded: readonly string[];
  /** The reason why they are superseded; null if none is. */
  readonly supersededBy: SupersededBy | null;
  /** The pull request that brought the commit, or that was closed because all is superseded. Absent for a push. */
  readonly pull?: Pull;
}

/** How a pull request becomes part of its base: one new commit, a merge commit, or its own commit on top. */
export const MERGE_METHODS = ['squash', 'merge', 'rebase'] as const;

export type MergeMethod = (typeof MERGE_METHODS)[number];

/** A pull request of the pipeline. `url` leads to its page. */
export interface Pull {
  readonly number: number;
  readonly url: string;
}

/** What the state machine gets from the commit step. The rest is stored, and final, once nothing is waited for. */
export interface CommitStep extends CommitResult {
  /** `wait`: the pull request is open, and is looked at again after `seconds`. */
  readonly next: 'wait' | 'done';
  readonly seconds: number;
}

/** The commit of a run that goes by pull request, stored under `objectKeys.proposal(run)`. The commit step alone writes it. */
export interface Proposal {
  readonly schema: 1;
  readonly run: string;
  /** The head of the base branch that the commit was made for. */
  readonly parent: string;
  /** sha256 of the pipeline's files there, in hex. With other content, the commit has to be made again. */
  readonly files: string;
  /** The message of the commit. */
  readonly message: string;
  readonly branch: string;
  /** Absent until it is open. */
  readonly pull?: Pull;
  /** True if the host has agreed to merge it by itself. */
  readonly isScheduled?: boolean;
  /** Why the host does not, in its words. */
  readonly refusal?: string;
  readonly result: Omit<CommitResult, 'commit' | 'pull'>;
  // Moments in ms since 1970.
  readonly since: number;
  readonly until: number;
}

/** The newer run whose pull request replaces that of a run, stored under `objectKeys.overtaken(run)`. */
export interface Overtaken {
  readonly by: string;
  readonly pull: Pull;
}

/**
 * `release`: the branch has a later release or rollback of these services, or of one of them if the whole platform was released.
 * `rewind`: the branch does not contain the run's commit any more.
 */
export const SUPERSEDED_BY = ['release', 'rewind'] as const;

export type SupersededBy = (typeof SUPERSEDED_BY)[number];

/** The input of the tag step. */
export interface TagRequest {
  readonly run: string;
}

/** A tag that was made, stored under `objectKeys.tag(run)`. `url` leads to the page of the release, if the git host has one. */
export interface MadeTag extends PlannedTag {
  readonly url?: string;
}

/** The result of the tag step. `tag` is null if the run makes none. */
export interface TagResult {
  readonly tag: MadeTag | null;
}
