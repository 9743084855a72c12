/** Reads the records that earlier steps of a run stored. */
import pLimit from 'p-limit';
import type { BuildOutcome, NestedOutcomes, StoredFailure } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../../core/ports/store';
import { flattenOutcomes } from '../../core/report/outcome';

/** Returns the record under a key. Throws if an earlier step did not store it. */
export async function readStored<Stored>(store: Pick<ObjectStore, 'get'>, key: string): Promise<Stored> {
  const record = await readIfStored<Stored>(store, key);
  if (record !== undefined) return record;
  throw new Error(`the object store has no ${key}, which an earlier step writes; look at that step's log`);
}

/** Returns the record under a key, or undefined if there is none. */
export async function readIfStored<Stored>(store: Pick<ObjectStore, 'get'>, key: string): Promise<Stored | undefined> {
  const text = await readText(store, key);
  return text === undefined ? undefined : (JSON.parse(text) as Stored);
}

/** Returns the text under a key, or undefined if there is none. */
export async function readText(store: Pick<ObjectStore, 'get'>, key: string): Promise<string | undefined> {
  return (await store.get(key))?.toString('utf8');
}

/** Objects read at a time. */
const READS_AT_ONCE = 16;

/** Returns all outcomes of a run, with the causes and log links that the outcome step stored. The state machine's data has no room for them. */
export async function explainFailures(
  run: string,
  builds: NestedOutcomes,
  store: Pick<ObjectStore, 'get'>,
): Promise<BuildOutcome[]> {
  const limit = pLimit(READS_AT_ONCE);
  const explain = async (outcome: BuildOutcome): Promise<BuildOutcome> => {
    if (outcome.status === 'SUCCEEDED' || outcome.cause !== undefined) return outcome;
    const stored = await readIfStored<StoredFailure>(store, objectKeys.failure(run, outcome.service));
    return stored === undefined ? outcome : { ...outcomeOf(stored), ...outcome };
  };
  return Promise.all(flattenOutcomes(builds).map((outcome) => limit(() => explain(outcome))));
}

/** Returns the outcome in a stored failure. */
export function outcomeOf({ attempt: _, redrives: __, times: ___, ...outcome }: StoredFailure): BuildOutcome {
  return outcome;
}
