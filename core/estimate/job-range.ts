/** The distribution of one job's time: from records of the service and of its machine, or from defaults. */
import { JOB_PARTS, type JobPart, type RecordedJob, type RunEstimate, type SecondsRange } from '../contract/estimate';
import { type BuildMachine, USUAL_MACHINE } from '../contract/job';
import { DEFAULT_MACHINE_SECONDS, MACHINE_PARTS, ownSeconds } from './packing/machine-times';
import { ENOUGH, predictedRange, type Quantiles, rangeQuantiles, recordedQuantiles } from './quantiles';
import { groupBy, jobSeconds } from './recorded-jobs';
import type { SimulatedJob } from './simulate';

/**
 * The range of a build by the catalog's minutes, as factors. The build strategy of the first user gives "10-15 min" for a service: 20 % to
 * either side. Ranges that people give are too narrow: of those meant to hold in 90 % of cases, 60 to 70 % do (M. Jørgensen, K. Teigen and
 * K. Moløkken, "Better sure than safe? Over-confidence in judgement based software development effort prediction intervals", Journal of
 * Systems and Software 70, 2004). On a logarithmic scale a range that holds in 65 % of cases has to be 1.37 times as wide to hold in 80 %.
 */
const CATALOG_SPREAD: SecondsRange = { low: 0.75, likely: 1, high: 1.33 };

/** A job of a run. `minutes` are the catalog's. `outcome` is the name under which it is recorded; default: `name`. */
export interface EstimatedJob extends SimulatedJob {
  readonly outcome?: string;
  /** Default: the usual machine. */
  readonly machine?: BuildMachine;
  /** Jobs of one stage, machine and group may share a machine. Undefined: the job always has its own. */
  readonly group?: string;
}

export interface JobDistribution {
  /** Distributions of the machine's parts that do not depend on each other. Their sum and the build itself are the job's time in seconds. */
  readonly machine: readonly Quantiles[];
  readonly own: Quantiles;
  /** The recorded builds of the service on this machine. */
  readonly records: number;
}

/**
 * Returns a function that returns the distribution of a job. The machine's parts are learnt from all services on such a machine, the rest
 * from the service's own builds on it. Fewer than nine own builds tell the middle, and the catalog's spread the rest.
 */
export function jobDistributions(recorded: readonly RecordedJob[]): (job: EstimatedJob) => JobDistribution {
  const machines = groupBy(recorded, ({ machine }) => machine);
  const services = groupBy(recorded, ({ machine, name }) => `${machine} ${name}`);
  const ofMachine = new Map([...machines].map(([machine, jobs]) => [machine, machineQuantiles(jobs)]));
  const unknown = machineQuantiles([]);
  return ({ name, outcome = name, minutes, machine = USUAL_MACHINE }) => {
    const place = machineText(machine);
    const own = services.get(`${place} ${outcome}`) ?? [];
    const seconds = own.map((job) => jobSeconds(job) - machineSeconds(job));
    return { machine: ofMachine.get(place) ?? unknown, own: ownQuantiles(seconds, minutes), records: own.length };
  };
}

function machineQuantiles(jobs: readonly RecordedJob[]): readonly Quantiles[] {
  if (jobs.length >= ENOUGH) return [recordedQuantiles(jobs.map(machineSeconds))];
  return MACHINE_PARTS.map((part) => rangeQuantiles(DEFAULT_MACHINE_SECONDS[part]));
}

function machineSeconds({ parts }: RecordedJob): number {
  return MACHINE_PARTS.reduce((sum, part) => sum + (parts[part] ?? 0), 0);
}

/** Seconds. A recorded build of no time at all has no logarithm. */
const LEAST_RECORD = 0.1;

function ownQuantiles(own: readonly number[], minutes: number): Quantiles {
  if (own.length >= ENOUGH) return recordedQuantiles(own);
  const likely = own.length === 0 ? ownSeconds(minutes) : Math.max(LEAST_RECORD, predictedRange(own).likely);
  return rangeQuantiles({ low: likely * CATALOG_SPREAD.low, likely, high: likely * CATALOG_SPREAD.high });
}

/** Returns the name under which times of a machine are recorded: `x86_64 medium`. */
export function machineText({ architecture, compute }: BuildMachine): string {
  return `${architecture} ${compute}`;
}

/** Returns the median of each part over all recorded jobs, or the default. Without records, the build is all that the catalog says. */
export function partMedians(recorded: readonly RecordedJob[], jobs: readonly EstimatedJob[]): RunEstimate['parts'] {
  const minutes = predictedRange(jobs.map((job) => job.minutes)).likely;
  const middle = (part: JobPart) => {
    const known = recorded.flatMap(({ parts }) => parts[part] ?? []);
    if (known.length > 0) return { seconds: Math.round(predictedRange(known).likely * 10) / 10, isRecorded: true };
    const defaults: Partial<Record<JobPart, number>> = { build: minutes * 60 };
    for (const each of MACHINE_PARTS) defaults[each] = DEFAULT_MACHINE_SECONDS[each].likely;
    return { seconds: defaults[part] ?? 0, isRecorded: false };
  };
  return Object.fromEntries(JOB_PARTS.map((part) => [part, middle(part)])) as RunEstimate['parts'];
}
