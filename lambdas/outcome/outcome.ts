/** The outcome step: stores why a job did not succeed and how long it took, and returns to the state machine no more than it needs. */
import type { BuildOutcome, OutcomeRequest, StoredFailure } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../../core/ports/store';
import { buildOutcome, failureTimes } from '../../core/report/outcome';

/** A machine's fault at the first attempt does not fail the job yet: it gets a second attempt. */
export async function outcomeStep(
  request: OutcomeRequest,
  { store }: { readonly store: ObjectStore },
): Promise<BuildOutcome> {
  const { run, service, attempt, redrives } = request;
  const failure: StoredFailure = { ...buildOutcome(request), attempt, redrives, times: failureTimes(request) };
  const isFinal = failure.status !== 'FAULT' || attempt > 1;
  await store.put(objectKeys.failure(run, service), JSON.stringify(failure));
  if (isFinal) await store.put(objectKeys.failed(run, redrives), JSON.stringify({ service }));
  return { service, status: failure.status };
}
