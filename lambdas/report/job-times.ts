/** The times of a run's jobs: compared with the estimate, and recorded for the next one. Nothing about them fails the report. */
import pLimit from 'p-limit';
import { messageOf } from '../../core/contract/errors';
import type { RecordedJob, RecordedShortage, RunTiming } from '../../core/contract/estimate';
import {
  type BuildOutcome,
  type BuiltCandidate,
  moduleOutcomeName,
  type PublishResult,
  type StoredFailure,
} from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import { addRun, recordedRun, runTiming } from '../../core/estimate/recorded-times';
import type { ObjectStore } from '../../core/ports/store';
import { isOutOfMemory } from '../../core/report/outcome';
import { logLine } from '../shared/log';
import { readTimes } from '../shared/recorded-times';
import { readIfStored } from '../shared/stored';

/** Objects read at a time. */
const READS_AT_ONCE = 16;

/** A run whose jobs have ended. */
interface EndedJobs {
  readonly plan: Plan | undefined;
  readonly outcomes: readonly BuildOutcome[];
  readonly redrives: number;
}

/** The times of a run's jobs, as far as their builds told them. */
export interface TimedJobs {
  /** Those that succeeded. */
  readonly jobs: readonly RecordedJob[];
  readonly failed: readonly RecordedJob[];
  /** The failed ones whose machine had too little memory. */
  readonly shortages: readonly RecordedShortage[];
  /** Undefined unless all planned jobs succeeded, at the run's first attempt. */
  readonly timing?: RunTiming | undefined;
}

const NOTHING: TimedJobs = { jobs: [], failed: [], shortages: [] };

/** Reads the times of a run's jobs, and compares them with the estimate. */
export async function timeJobs({ plan, outcomes, redrives }: EndedJobs, store: ObjectStore): Promise<TimedJobs> {
  if (plan === undefined || plan.dryRun) return NOTHING;
  const { run, estimate } = plan;
  try {
    const jobs = await jobTimes(plan, outcomes, store);
    const isWhole = redrives === 0 && jobs.length === estimate?.jobs.length;
    const failed = await failedJobTimes(run, { outcomes, redrives }, store);
    const short = new Set(outcomes.filter(isOutOfMemory).map(({ service }) => service));
    const shortages = failed
      .filter(({ name }) => short.has(name))
      .map(({ name, machine, endedAt }) => ({ name, machine, at: endedAt }));
    return { jobs, failed, shortages, timing: isWhole ? runTiming(estimate, jobs) : undefined };
  } catch (error) {
    logLine({ message: 'times not read', run, problem: messageOf(error) });
    return NOTHING;
  }
}

/**
 * Records the times for the next estimates. `at` is in ms since 1970. Two runs that end in the same moment can lose the times of one, which
 * the next estimates do not miss.
 */
export async function recordTimes(
  { run, estimate }: Plan,
  at: number,
  { jobs, shortages, timing }: TimedJobs,
  store: ObjectStore,
): Promise<void> {
  if (jobs.length + shortages.length === 0) return;
  const recorded = estimate && timing && recordedRun(run, at, estimate, timing);
  try {
    const { times } = await readTimes(store);
    await store.put(objectKeys.times(), JSON.stringify(addRun(times, { run, jobs, recorded, shortages })));
  } catch (error) {
    logLine({ message: 'times not recorded', run, problem: messageOf(error) });
  }
}

async function jobTimes(plan: Plan, outcomes: readonly BuildOutcome[], store: ObjectStore): Promise<RecordedJob[]> {
  const limit = pLimit(READS_AT_ONCE);
  const succeeded = new Set(outcomes.filter(({ status }) => status === 'SUCCEEDED').map(({ service }) => service));
  const images = plan.services.flatMap(({ name, origin }) =>
    succeeded.has(name) && origin.kind === 'candidate' ? [{ name, key: objectKeys.candidate(origin.tag) }] : [],
  );
  const modules = (plan.modules ?? [])
    .map(({ name }) => ({ name: moduleOutcomeName(name), key: objectKeys.published(plan.run, name) }))
    .filter(({ name }) => succeeded.has(name));
  const found = await Promise.all(
    [...images, ...modules].map(({ name, key }) =>
      limit(async () => {
        const stored = await readIfStored<Partial<BuiltCandidate & PublishResult>>(store, key);
        const isOfAnother = stored?.run !== undefined && stored.run !== plan.run;
        return stored?.times === undefined || isOfAnother ? undefined : { name, ...stored.times };
      }),
    ),
  );
  return found.filter((job) => job !== undefined);
}

/** A failure of an earlier attempt of the run is not one of this attempt. */
async function failedJobTimes(
  run: string,
  { outcomes, redrives }: Pick<EndedJobs, 'outcomes' | 'redrives'>,
  store: ObjectStore,
): Promise<RecordedJob[]> {
  const limit = pLimit(READS_AT_ONCE);
  const failed = outcomes.filter(({ status }) => status !== 'SUCCEEDED');
  const found = await Promise.all(
    failed.map(({ service: name }) =>
      limit(async () => {
        const stored = await readIfStored<StoredFailure>(store, objectKeys.failure(run, name));
        return stored?.times === undefined || stored.redrives !== redrives ? undefined : { name, ...stored.times };
      }),
    ),
  );
  return found.filter((job) => job !== undefined);
}
