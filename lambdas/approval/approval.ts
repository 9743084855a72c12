/** The approval step: stores the question that a person answers. The state machine goes on when the task token is used. */
import { objectKeys } from '../../core/contract/keys';
import type { Approval, ApprovalRequest } from '../../core/contract/release';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { failedBuilds } from '../../core/report/outcome';
import { explainFailures } from '../shared/stored';

export interface ApprovalDependencies {
  readonly store: ObjectStore;
  readonly clock: Clock;
}

/** Throws `BuildsFailed`, so that nobody is asked about a run that cannot go on. */
export async function approvalStep(
  { run, token, seconds, builds }: ApprovalRequest,
  { store, clock }: ApprovalDependencies,
): Promise<void> {
  const failure = failedBuilds(await explainFailures(run, builds, store));
  if (failure !== undefined) throw failure;
  const until = new Date(clock.now() + seconds * 1000).toISOString();
  const approval: Approval = { schema: 1, run, token, until };
  await store.put(objectKeys.approval(run), JSON.stringify(approval));
}
