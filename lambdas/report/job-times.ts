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
    const jobs = await readJobs(succeededJobs(plan, outcomes), (stored) => (stored.run ?? run) === run, store);
    const isWhole = redrives === 0 && jobs.length === estimate?.jobs.length;
    const failed = await readJobs(failedJobs(run, outcomes), (stored) => stored.redrives === redrives, store);
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

/** The place of a job's times in the object store. */
interface StoredJob {
  readonly name: string;
  readonly key: string;
}

function succeededJobs(plan: Plan, outcomes: readonly BuildOutcome[]): readonly StoredJob[] {
  const succeeded = new Set(outcomes.filter(({ status }) => status === 'SUCCEEDED').map(({ service }) => service));
  const images = plan.services.flatMap(({ name, origin }) =>
    origin.kind === 'candidate' ? [{ name, key: objectKeys.candidate(origin.tag) }] : [],
  );
  const modules = (plan.modules ?? []).map(({ name }) => ({
    name: moduleOutcomeName(name),
    key: objectKeys.published(plan.run, name),
  }));
  return [...images, ...modules].filter(({ name }) => succeeded.has(name));
}

function failedJobs(run: string, outcomes: readonly BuildOutcome[]): readonly StoredJob[] {
  const failed = outcomes.filter(({ status }) => status !== 'SUCCEEDED');
  return failed.map(({ service }) => ({ name: service, key: objectKeys.failure(run, service) }));
}

type StoredTimes = Partial<BuiltCandidate & PublishResult & StoredFailure>;

/** Reads the times of jobs. What is stored may be of another run that built the same image, or of an earlier attempt: then `isOwn` is false. */
async function readJobs(
  jobs: readonly StoredJob[],
  isOwn: (stored: StoredTimes) => boolean,
  store: ObjectStore,
): Promise<RecordedJob[]> {
  const limit = pLimit(READS_AT_ONCE);
  const found = jobs.map(({ name, key }) =>
    limit(async () => {
      const stored = await readIfStored<StoredTimes>(store, key);
      return stored?.times === undefined || !isOwn(stored) ? [] : [{ name, ...stored.times }];
    }),
  );
  return (await Promise.all(found)).flat();
}
