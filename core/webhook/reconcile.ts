/** Decides if a branch has to be caught up with: a webhook may be lost for good, a branch's head is not. */

import type { Catalog } from '../catalog/model';
import type { ServiceInputs } from '../input-digest/inputs';
import type { BranchHead } from '../ports/git';
import type { ExecutionStatus } from '../ports/runs';
import { branchRule, type Settings } from '../settings/schema';
import type { VersionLock } from '../version/version-lock';
import { catchUpName, type PushDecision } from './decide';

/** What was done about a branch's head so far. */
export interface PastRuns {
  /** How its runs stand, the newest first. */
  readonly statuses: readonly ExecutionStatus[];
  /** How many of them were started here. */
  readonly caughtUp: number;
  /** True if the newest run has succeeded and made a commit of its own. */
  readonly committed: boolean;
  /** True if a run made the head itself, and no push lies under it that was lost. */
  readonly isOwn: boolean;
}

/** Branches that match only a pattern, such as `feature/*`, are left alone if nobody committed to them for so long, in ms. */
const FORGOTTEN = 3 * 24 * 60 * 60 * 1000;

/**
 * Starts a run for a head that had none, or whose run made a commit that is not there any more: then the branch was pushed back by
 * force. A run that failed was reported and is a person's to repeat. The name depends on the head and on how often it was caught
 * up with, so that asking twice starts one run. `now` is in ms since 1970.
 */
export function reconcileBranch(head: BranchHead, past: PastRuns, settings: Settings, now: number): PushDecision {
  const reason = whySettled(head, past, settings, now);
  if (reason !== undefined) return { kind: 'ignore', reason };
  const ref = `refs/heads/${head.name}`;
  const name = catchUpName(ref, head.commit, past.caughtUp);
  return { kind: 'start', name, input: { action: 'push', ref, commit: head.commit } };
}

function whySettled(
  { name, committedAt }: BranchHead,
  { statuses, committed, isOwn }: PastRuns,
  settings: Settings,
  now: number,
): string | undefined {
  const rule = branchRule(settings, name);
  if (rule?.allow.includes('push') !== true) return 'the branch rules start nothing on a push to it';
  if (isOwn) return 'its head is a commit of our own';
  const [newest] = statuses;
  if (newest === 'RUNNING') return 'a run of its head is under way';
  if (newest === 'FAILED') return 'the run of its head failed and was reported';
  if (newest === 'SUCCEEDED' && !committed) return 'the run of its head is done';
  if (rule.branch.includes('*') && now - committedAt > FORGOTTEN) return 'nobody committed to it for days';
  return undefined;
}

// Whether a commit has anything that the version lock beside it does not know.

/**
 * True if the lock records every service with the inputs that the commit has: then a push of it keeps them all, and its run, if there
 * was one, is over. That is so at a commit of our own, and at one that changed no input. The lock's source commits do not tell: they
 * name the last commit that changed each service, which the head rarely is.
 */
export function isRecorded({
  catalog,
  inputs,
  lock,
}: {
  readonly catalog: Catalog;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  readonly lock: VersionLock;
}): boolean {
  return catalog.services.every(({ name }) => {
    const now = inputs.get(name)?.inputDigest;
    return now !== undefined && lock.get(name)?.inputDigest === now;
  });
}
