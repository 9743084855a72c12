/** Puts back to failed jobs what the outcome step stored of them: the state machine's data has no room for it. */
import pLimit from 'p-limit';
import type { BuildOutcome, NestedOutcomes, StoredFailure } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../../core/ports/store';
import { flattenOutcomes } from '../../core/report/outcome';

/** Objects read at a time. */
const READS_AT_ONCE = 16;

/** All outcomes of a run; those that are not explained yet with cause and log link, where the store has them. */
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
