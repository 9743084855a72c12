/** The outcome step: stores why a job did not succeed, for the report, and gives the state machine no more than it needs. */
import type { BuildOutcome, OutcomeRequest } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../../core/ports/store';
import { buildOutcome } from '../../core/report/outcome';

/** A machine's fault at the first attempt is no failure yet: the job is done once more. */
export async function outcomeStep(
  request: OutcomeRequest,
  { store }: { readonly store: ObjectStore },
): Promise<BuildOutcome> {
  const { run, service, attempt, redrives } = request;
  const outcome = buildOutcome(request);
  const isFinal = outcome.status !== 'FAULT' || attempt > 1;
  await store.put(objectKeys.failure(run, service), JSON.stringify(outcome));
  if (isFinal) await store.put(objectKeys.failed(run, redrives), JSON.stringify({ service }));
  return { service, status: outcome.status };
}
