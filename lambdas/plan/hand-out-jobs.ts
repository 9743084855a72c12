/** Gives the jobs of a plan to the state machine: with the plan's result, or as files that its Maps read. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { PlanResult, StoredJobs } from '../../core/contract/plan';
import type { JobSource } from '../../core/planning/job-source';
import type { ObjectStore } from '../../core/ports/store';

/** What Step Functions lets a state give on, in bytes. */
const PAYLOAD_LIMIT = 262_144;
/** What the outcome of a job adds to it, at most: a name of 80 characters, a status, and that it was not started. */
const OUTCOME_BYTES = 200;

/**
 * The result as the state machine gets it. Throws `InvalidSettings` if it cannot have the jobs with it, before anything is built: what
 * Step Functions says of that no state can catch.
 */
export async function distributeJobs(result: PlanResult, source: JobSource, store: ObjectStore): Promise<PlanResult> {
  if (source === 'state') return withinLimit(result);
  const { run, stages, modules } = result;
  return {
    ...result,
    stages: emptied(stages),
    modules: emptied(modules),
    stored: await storeJobs(stages, (stage) => objectKeys.jobs(run, stage), store),
    storedModules: await storeJobs(modules, (stage) => objectKeys.moduleJobs(run, stage), store),
  };
}

function emptied(stages: Readonly<Record<string, unknown>>): Readonly<Record<string, readonly never[]>> {
  return Object.fromEntries(Object.keys(stages).map((stage) => [stage, []]));
}

async function storeJobs(
  stages: Readonly<Record<string, readonly unknown[]>>,
  keyOf: (stage: string) => string,
  store: ObjectStore,
): Promise<StoredJobs> {
  const entries = Object.entries(stages);
  for (const [stage, jobs] of entries) if (jobs.length > 0) await store.put(keyOf(stage), JSON.stringify(jobs));
  return Object.fromEntries(entries.map(([stage, jobs]) => [stage, { count: jobs.length, key: keyOf(stage) }]));
}

function withinLimit(result: PlanResult): PlanResult {
  const modules = Object.values(result.modules).flat().length;
  const outcomes = OUTCOME_BYTES * (result.totals.build + modules);
  const bytes = Buffer.byteLength(JSON.stringify(result)) + outcomes;
  if (bytes <= PAYLOAD_LIMIT) return result;
  const message = `the ${result.totals.build} jobs of this run have ${bytes} bytes with their outcomes, and the state machine's data has room for ${PAYLOAD_LIMIT}; set maxConcurrency to more than 40 and deploy again, which has the jobs read from the object store`;
  throw new PipelineError(ERROR_NAMES.invalidSettings, message);
}
