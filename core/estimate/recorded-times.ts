/** The record of times: read with care, because it is only statistics, and extended by each run. */
import * as z from 'zod';
import {
  JOB_PARTS,
  type RecordedJob,
  type RecordedRun,
  type RecordedShortage,
  type RecordedTimes,
  type RunEstimate,
  type RunTiming,
  type TimedJobEstimate,
} from '../contract/estimate';
import { objectKeys } from '../contract/keys';
import { parseJson } from '../text/json';
import { jobSeconds, NO_TIMES, newestOfEach } from './recorded-jobs';

/** Runs that are kept: a few months of a busy team, in about 100 KB. */
const RUNS_KEPT = 500;

const seconds = z.number().nonnegative();
const positive = z.number().positive();

const StoredTimes = z.object({
  schema: z.literal(1),
  jobs: z.array(
    z.object({
      name: z.string(),
      machine: z.string(),
      parts: z.partialRecord(z.enum(JOB_PARTS), seconds),
      submittedAt: z.number(),
      endedAt: z.number(),
      usage: z.object({ memory: positive, cpu: seconds }).optional(),
    }),
  ),
  runs: z.array(
    z.object({
      run: z.string(),
      at: z.number(),
      low: positive,
      likely: positive,
      high: positive,
      model: z.object({ low: positive, likely: positive, high: positive }),
      basis: z.enum(['records', 'catalog']),
      real: positive,
    }),
  ),
  shortages: z.array(z.object({ name: z.string(), machine: z.string(), at: z.number() })).optional(),
});

/** Returns the record, or an empty one with the reason, for people. */
export function parseTimes(text: string | undefined): {
  readonly times: RecordedTimes;
  readonly problem?: string;
} {
  if (text === undefined) return { times: NO_TIMES };
  const parsed = StoredTimes.safeParse(parseJson(text));
  if (parsed.success) return { times: parsed.data as RecordedTimes };
  const problem = `${objectKeys.times()} with the recorded times is damaged and not used; the next run replaces it`;
  return { times: NO_TIMES, problem };
}

/** What a run adds to the record. */
interface RunRecord {
  readonly run: string;
  readonly jobs: readonly RecordedJob[];
  readonly recorded?: RecordedRun | undefined;
  readonly shortages?: readonly RecordedShortage[];
}

/** Returns the record with the times of a run. A run that is there already is replaced. */
export function addRun({ jobs, runs, shortages = [] }: RecordedTimes, added: RunRecord): RecordedTimes {
  const known = new Set(added.jobs.map(jobKey));
  return {
    schema: 1,
    jobs: newestOfEach([...added.jobs, ...jobs.filter((job) => !known.has(jobKey(job)))]),
    runs: [...(added.recorded === undefined ? [] : [added.recorded]), ...runs.filter(({ run }) => run !== added.run)]
      .sort((a, b) => b.at - a.at)
      .slice(0, RUNS_KEPT),
    ...newestShortages([...shortages, ...(added.shortages ?? [])]),
  };
}

function newestShortages(all: readonly RecordedShortage[]): Pick<RecordedTimes, 'shortages'> {
  const newest = new Map(all.toSorted((a, b) => a.at - b.at).map((each) => [each.name, each]));
  return newest.size === 0 ? {} : { shortages: [...newest.values()] };
}

function jobKey({ name, submittedAt }: RecordedJob): string {
  return `${submittedAt} ${name}`;
}

/** Jobs of a report that were furthest from their estimate. */
const WORST_SHOWN = 5;

/** Returns estimate and real time of a run whose jobs all have times, undefined without a job. */
export function runTiming(estimate: RunEstimate, jobs: readonly RecordedJob[]): RunTiming | undefined {
  if (jobs.length === 0) return undefined;
  const start = Math.min(...jobs.map(({ submittedAt }) => submittedAt));
  const end = Math.max(...jobs.map(({ endedAt }) => endedAt));
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const compared = estimate.jobs.flatMap((job): readonly TimedJobEstimate[] => {
    const real = byName.get(job.name);
    return real === undefined ? [] : [{ ...job, real: jobSeconds(real), parts: real.parts }];
  });
  const { low, likely, high } = estimate;
  return {
    estimated: { low, likely, high },
    real: (end - start) / 1000,
    worst: compared.toSorted((a, b) => distance(b) - distance(a)).slice(0, WORST_SHOWN),
  };
}

/** Seconds to the likely time: what a person waited longer, or expected to. */
function distance({ real, likely }: TimedJobEstimate): number {
  return Math.abs(real - likely);
}

/** Returns the record of a run for the next ranges, undefined for one that took no time. */
export function recordedRun(
  run: string,
  at: number,
  { model, basis }: RunEstimate,
  timing: RunTiming,
): RecordedRun | undefined {
  return timing.real <= 0 ? undefined : { run, at, ...timing.estimated, model, basis, real: timing.real };
}
