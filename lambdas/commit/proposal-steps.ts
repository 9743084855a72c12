/** What a call of the step returns, and what it stores of the run's pull request. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { CommitResult, CommitStep, Proposal, ReleaseRecord } from '../../core/contract/release';
import type { PullRequest } from '../../core/ports/pull-request';
import type { Clock, ObjectStore } from '../../core/ports/store';

/** Nothing is waited for. */
export const DONE = { next: 'done', seconds: 0 } as const;

/** Stores the result and ends the run's commit with it. */
export async function finish(
  result: CommitResult,
  { record, store }: { readonly record: ReleaseRecord; readonly store: ObjectStore },
): Promise<CommitStep> {
  await store.put(objectKeys.commit(record.run), JSON.stringify(result));
  return { ...result, ...DONE };
}

/** Returns the error of a pull request that will not be merged as it is. `what` ends the sentence. */
export function notMerged({ number, url }: PullRequest, what: string): PipelineError {
  return new PipelineError(ERROR_NAMES.notMerged, `pull request ${number} (${url}) ${what}`);
}

/** Seconds between two looks: short at first, and at most ten minutes, so that a week has about a thousand. */
const SHORTEST_WAIT = 15;
const LONGEST_WAIT = 600;

/** Returns that the pull request is looked at again, and when. */
export function waiting(
  { since, result, pull }: Proposal,
  { clock }: { readonly clock: Pick<Clock, 'now'> },
): CommitStep {
  const elapsed = (clock.now() - since) / 1000;
  const seconds = Math.round(Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, elapsed / 10)));
  return { commit: null, ...result, ...(pull === undefined ? {} : { pull }), next: 'wait', seconds };
}

/** Stores what is known of the pull request. */
export async function save(proposal: Proposal, { store }: { readonly store: ObjectStore }): Promise<void> {
  await store.put(objectKeys.proposal(proposal.run), JSON.stringify(proposal));
}
