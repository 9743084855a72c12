/** Pull requests of a git host, as the commit step uses them, and its rules about pushes. */
import type { MergeMethod } from '../contract/release';

/** A pull request between two branches of the same repository. `url` leads to its page. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  /** The branch that it is merged into. */
  readonly base: string;
  /** The branch that is merged. */
  readonly branch: string;
  /** The head of `branch`; after a merge, the one that was merged. */
  readonly head: string;
  /** Markdown. */
  readonly body: string;
  readonly state: 'open' | 'merged' | 'closed';
  /** The commit that the merge brought to `base`. Absent unless it is merged. */
  readonly mergeCommit?: string;
  /** True if the host refuses to merge it before `branch` contains the head of `base`. */
  readonly isOutdated: boolean;
  /** The host's own word for what an open one waits for, such as `blocked`. */
  readonly waitsFor?: string;
}

/** A pull request to open. `body` is Markdown. */
export interface PullProposal {
  readonly base: string;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
}

/** A merge to ask for. Nothing is merged if the pull request has another head. */
export interface MergeRequest {
  readonly number: number;
  readonly head: string;
  readonly method: MergeMethod;
  /** The message of the new commit, for hosts and methods that make one. */
  readonly message: string;
}

/** Pull requests of one repository. Every method throws `GitHostError`, and can be repeated. */
export interface PullRequestHost {
  /** Makes the branch at the commit if there is none of that name. Returns its head. A branch is never moved or deleted. */
  createBranch(branch: string, commit: string): Promise<string>;
  /** Returns the open pull requests into `base` from branches of this repository, at most 1,000. */
  open(base: string): Promise<readonly PullRequest[]>;
  /** Opens a pull request, or returns the one that is open for the branch. */
  propose(proposal: PullProposal): Promise<PullRequest>;
  read(number: number): Promise<PullRequest>;
  /**
   * Lets the host merge it as soon as its rules allow, or at once if they do. No rule is bypassed. Returns undefined if the host accepts,
   * and its reason if it does not.
   */
  merge(request: MergeRequest): Promise<string | undefined>;
  /** Closes an open one without a merge, and writes a comment with the reason, as far as that succeeds. Does nothing to any other. */
  close(number: number, reason: string): Promise<void>;
}

/** The rules of a git host about pushes. Throws `GitHostError`. */
export interface PushRules {
  /** Returns why the host would refuse a push of the login to the branch; an empty list if it would not, or if the branch is missing. */
  refusals(branch: string): Promise<readonly string[]>;
}
