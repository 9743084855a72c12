/**
 * The range of a run's time, by drawing from the times of its jobs. Each draw gives every job a time out of its own distribution, and lays
 * the jobs out as the state machine does. The range is then corrected by how earlier ranges held.
 */
import type { Stage } from '../catalog/model';
import type { JobEstimate, RecordedRun, RecordedTimes, RunEstimate, SecondsRange } from '../contract/estimate';
import { type EstimatedJob, type JobDistribution, jobDistributions, partMedians } from './job-range';
import { onMachines, sideBySide } from './packing/machine-times';
import { packOf } from './packing/pack-jobs';
import { ENOUGH, predictedQuantile, predictedRange, repeatableNumbers, TAIL } from './quantiles';
import { byUrgency, simulate } from './simulate';

export interface RunShape {
  readonly jobs: readonly EstimatedJob[];
  readonly stages: readonly Stage[];
  /** Jobs of one stage at a time, unless the stage has a limit of its own. */
  readonly stageConcurrency: number;
  /** Default: one for each job, because the wait of an account with too few is recorded as the jobs' queue. */
  readonly builders?: number;
  /** The names of jobs that share a machine. Default: none does. */
  readonly machines?: readonly (readonly string[])[];
}

/** One less than a round number, so that the ends of the range are draws. */
const DRAWS = 39;

/** Draws of all jobs together. A run with very many jobs has fewer draws, so that its plan stays fast. */
const MAX_JOB_DRAWS = 20_000;

/** It is always the same, so that two plans of the same run agree. */
const SEED = 1;

/** Returns the estimate of a run with at least one job. `problem` says why records could not be read. */
export function estimateRun(
  { jobs, stages, stageConcurrency, builders = jobs.length, machines = [] }: RunShape,
  recorded: RecordedTimes,
  problem?: string,
): RunEstimate {
  const distributions = jobs.map(jobDistributions(recorded.jobs));
  const draws = Math.max(ENOUGH, Math.min(DRAWS, Math.floor(MAX_JOB_DRAWS / jobs.length)));
  const draw = repeatableNumbers(SEED);
  const drawn = Array.from({ length: draws }, () => distributions.map((job) => drawSeconds(job, draw)));
  // The state machine orders jobs by the catalog's minutes, not by times that are not known yet.
  const order = onMachines(jobs, machines).map(packOf).sort(byUrgency);
  const places = new Map(jobs.map((job, at) => [job, at]));
  const lasts = drawn.map((times) => {
    const timed = order.map((pack, rank) => {
      const own = pack.jobs.flatMap((job) => times[places.get(job) ?? -1] ?? []);
      const minutes = (own[0]?.machine ?? 0) + sideBySide(own.map((each) => each.own));
      return { ...pack, minutes, priority: rank };
    });
    return simulate({ jobs: timed, stages, stageConcurrency, builders }).minutes;
  });
  const model = predictedRange(lasts);
  const enough = distributions.filter(({ records }) => records >= ENOUGH).length;
  const basis = enough > jobs.length / 2 ? 'records' : 'catalog';
  const alike = recorded.runs.filter((run) => run.basis === basis);
  return {
    ...rounded(corrected(model, alike)),
    model: rounded(model),
    basis,
    jobs: jobs
      .map(({ name, outcome = name }, at): JobEstimate => {
        const range = rounded(predictedRange(drawn.map((times) => jobSum(times[at]))));
        return { name: outcome, ...range, records: distributions[at]?.records ?? 0 };
      })
      .sort((a, b) => b.likely - a.likely || (a.name < b.name ? -1 : 1)),
    parts: partMedians(recorded.jobs, jobs),
    notes: notesOn(distributions, problem),
  };
}

/** Seconds of a job: those of its machine, and those of its build. */
interface DrawnTimes {
  readonly machine: number;
  readonly own: number;
}

function drawSeconds({ machine, own }: JobDistribution, draw: () => number): DrawnTimes {
  return { machine: machine.reduce((sum, quantile) => sum + quantile(draw()), 0), own: own(draw()) };
}

function jobSum({ machine, own }: DrawnTimes = { machine: 0, own: 0 }): number {
  return machine + own;
}

/** The newest runs that correct a range. */
const RUNS_COUNTED = 20;

/** The share of runs inside their range. */
export const COVERED = 1 - 2 * TAIL;

/** The fewest runs that correct a range. With fewer, chance would move it more than it helps. */
const RUNS_NEEDED = 4;

/**
 * Returns the range with each of its numbers moved to where it would have been right in earlier runs: conformalized quantile regression
 * (Y. Romano, E. Patterson and E. Candès, 2019), each end by itself and on a logarithmic scale. It makes up for what the draws leave out, such
 * as a catalog that is wrong throughout, or slow days of a registry that all jobs share. `runs` were estimated on the same basis: the
 * errors of the catalog's minutes say nothing about those of records.
 */
function corrected(model: SecondsRange, runs: readonly RecordedRun[]): SecondsRange {
  const newest = runs.toSorted((a, b) => b.at - a.at).slice(0, RUNS_COUNTED);
  if (newest.length < RUNS_NEEDED) return model;
  const moved = (end: keyof SecondsRange, probability: number) => {
    const ratios = newest.map((run) => run.real / run.model[end]).sort((a, b) => a - b);
    return model[end] * predictedQuantile(ratios, probability);
  };
  // Ends that are moved each by itself can pass each other.
  const ends = [moved('low', TAIL), moved('likely', 0.5), moved('high', 1 - TAIL)].sort((a, b) => a - b);
  return { low: ends[0] ?? 0, likely: ends[1] ?? 0, high: ends[2] ?? 0 };
}

/** Seconds. Tenths are enough, and keep a stored plan short. */
const LEAST = 0.1;

function rounded({ low, likely, high }: SecondsRange): SecondsRange {
  const tenths = (seconds: number) => Math.max(LEAST, Math.round(seconds / LEAST) * LEAST);
  const digits = (seconds: number) => Number(tenths(seconds).toFixed(1));
  return { low: digits(low), likely: digits(likely), high: digits(high) };
}

function notesOn(jobs: readonly JobDistribution[], problem: string | undefined): readonly string[] {
  const few = jobs.filter(({ records }) => records < ENOUGH).length;
  const note = `${few} of ${jobs.length} jobs have fewer than ${ENOUGH} recorded builds, so their range is that of the catalog's minutes`;
  return [...(problem === undefined ? [] : [problem]), ...(few === 0 ? [] : [note])];
}
