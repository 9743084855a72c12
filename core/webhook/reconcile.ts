/** Decides whether a branch needs a run without a webhook: a delivery may be lost for good, the branch's head is not. */
import type { Catalog } from '../catalog/model';
import type { ServiceInputs } from '../input-digest/inputs';
import type { BranchHead } from '../ports/git';
import type { ExecutionStatus } from '../ports/runs';
import { branchRule, type Settings } from '../settings/schema';
import type { VersionLock } from '../version/version-lock';
import { catchUpName, type PushDecision } from './decide';

/** The runs of a branch's head so far. */
export interface PastRuns {
  /** Their statuses, the newest first. */
  readonly statuses: readonly ExecutionStatus[];
  /** The number of runs that the reconcile step started. */
  readonly caughtUp: number;
  /** True if the newest run has succeeded and made a commit. */
  readonly committed: boolean;
  /** True if a run made the head itself. */
  readonly isOwn: boolean;
}

/** A branch that matches only a pattern, such as `feature/*`, is skipped if its last commit is older than this, in ms. */
const FORGOTTEN = 3 * 24 * 60 * 60 * 1000;

/**
 * Starts a run for a head without one, and for a head whose commit of the pipeline was removed by a forced push. A
 * failed run was reported, and a person decides whether to repeat it. The name depends on the head and the number of earlier catch-ups,
 * so that two calls start one run. `now` is in ms since 1970.
 */
export function reconcileBranch(head: BranchHead, past: PastRuns, settings: Settings, now: number): PushDecision {
  const reason = reasonSettled(head, past, settings, now);
  if (reason !== undefined) return { kind: 'ignore', reason };
  const ref = `refs/heads/${head.name}`;
  const name = catchUpName(ref, head.commit, past.caughtUp);
  return { kind: 'start', name, input: { action: 'push', ref, commit: head.commit } };
}

function reasonSettled(
  { name, committedAt }: BranchHead,
  { statuses, committed, isOwn }: PastRuns,
  settings: Settings,
  now: number,
): string | undefined {
  const rule = branchRule(settings, name);
  if (rule?.allow.includes('push') !== true) return 'no branch rule allows a push to it';
  if (isOwn) return 'the pipeline made its head';
  const [newest] = statuses;
  if (newest === 'RUNNING') return 'a run of its head is open';
  if (newest === 'FAILED') return 'the run of its head failed and was reported';
  if (newest === 'SUCCEEDED' && !committed) return 'the run of its head has succeeded';
  if (rule.branch.includes('*') && now - committedAt > FORGOTTEN) return 'its last commit is several days old';
  return undefined;
}

/**
 * Returns true if the lock records every service with its inputs at the commit: a push of that commit keeps them all. This holds for a
 * commit of the pipeline and for one that changed no input. The lock's source commits are no proof: they name the last commit that changed
 * each service, which the head rarely is.
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
    const digest = inputs.get(name)?.inputDigest;
    return digest !== undefined && lock.get(name)?.inputDigest === digest;
  });
}
