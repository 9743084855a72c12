/** Passes the jobs of a plan to the state machine: within the plan's result, or as objects that its Maps read. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { PlanResult, StoredJobs } from '../../core/contract/plan';
import type { JobSource } from '../../core/planning/job-source';
import type { ObjectStore } from '../../core/ports/store';

/** Bytes that a state of Step Functions may pass on. */
const PAYLOAD_LIMIT = 262_144;
/** The most that a job's outcome adds: a name of 80 characters, a status, and that it was not started. */
const OUTCOME_BYTES = 200;

/**
 * Returns the result for the state machine. Throws `InvalidSettings` if the jobs do not fit into it. No state could catch the error that
 * Step Functions itself would raise later.
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
  const { totals, modules } = result;
  const outcomes = OUTCOME_BYTES * (totals.build + Object.values(modules).flat().length);
  const bytes = Buffer.byteLength(JSON.stringify(result)) + outcomes;
  if (bytes <= PAYLOAD_LIMIT) return result;
  const message = `the ${totals.build} jobs of this run have ${bytes} bytes with their outcomes, but the state machine's data may have ${PAYLOAD_LIMIT}; set maxConcurrency to more than 40 and deploy again, so that the jobs are read from the object store`;
  throw new PipelineError(ERROR_NAMES.invalidSettings, message);
}
