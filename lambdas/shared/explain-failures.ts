/** Adds the causes of failed jobs, which the outcome step stored: the state machine's data has no room for them. */
import pLimit from 'p-limit';
import type { BuildOutcome, NestedOutcomes, StoredFailure } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../../core/ports/store';
import { flattenOutcomes } from '../../core/report/outcome';

/** Objects read at a time. */
const READS_AT_ONCE = 16;

/** Returns all outcomes of a run, with causes and log links from the store where they are missing. */
export async function explainFailures(
  run: string,
  builds: NestedOutcomes,
  store: Pick<ObjectStore, 'get'>,
): Promise<BuildOutcome[]> {
  const limit = pLimit(READS_AT_ONCE);
  const explain = async (outcome: BuildOutcome): Promise<BuildOutcome> => {
    if (outcome.status === 'SUCCEEDED' || outcome.cause !== undefined) return outcome;
    const stored = await store.get(objectKeys.failure(run, outcome.service));
    if (stored === undefined) return outcome;
    const { attempt: _, redrives: __, ...failure } = JSON.parse(stored.toString('utf8')) as StoredFailure;
    return { ...failure, ...outcome };
  };
  return Promise.all(flattenOutcomes(builds).map((outcome) => limit(() => explain(outcome))));
}
