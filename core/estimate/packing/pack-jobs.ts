/** Packs image jobs onto shared build machines, so that provisioning, source and login are paid once. Pure and deterministic. */
import { USUAL_MACHINE } from '../../contract/job';
import { type EstimatedJob, machineText } from '../job-range';
import { type SimulatedJob, type Simulation, simulate } from '../simulate';
import { type MachineTimes, machineTimes, ownSeconds } from './machine-times';

/** The jobs of one machine, the longest first. `minutes` and `priority` are those of the whole machine. */
export interface Pack<Job extends EstimatedJob> extends SimulatedJob, MachineTimes {
  readonly jobs: readonly Job[];
}

export interface Packing<Job extends EstimatedJob> extends Omit<Simulation, 'jobs'> {
  readonly jobs: readonly Job[];
}

/** A machine that runs longer saves hardly any more provisioning, and loses more work if it fails. */
const MAX_PACK_MINUTES = 60;

/** How thoroughly packings are tried. Each try of a group has this share of the machines of the one before. */
interface Search {
  readonly passes: number;
  readonly fewer: number;
}

/**
 * The best packing of a group depends on those of the others, so that each is tried again. More passes find nothing for the catalogs of this
 * project.
 */
const THOROUGH: Search = { passes: 4, fewer: 0.9 };

/** For more jobs than `MAX_THOROUGH`, whose tries would take longer than the rest of the plan. */
const QUICK: Search = { passes: 1, fewer: 0.5 };

const MAX_THOROUGH = 500;

/**
 * Returns the machines of a run. Every job is on exactly one. Among the packings that are tried, it takes the one with the shortest run, and
 * of equal ones the one with the fewest machine minutes. The simulated run is never longer than with a machine for each job: neither if
 * builds side by side gain what was measured, nor if they gain nothing.
 */
export function packJobs<Job extends EstimatedJob>({ jobs, ...shape }: Packing<Job>): readonly Pack<Job>[] {
  const alone = jobs.map((job) => packOf([job]));
  let best = scored(alone, shape);
  const limit = best.most;
  const groups = groupsOf(jobs);
  const { passes, fewer } = jobs.length > MAX_THOROUGH ? QUICK : THOROUGH;
  for (let pass = 0; pass < passes; pass += 1) {
    const before = best;
    for (const group of groups) {
      const names = new Set(group.map(({ name }) => name));
      const others = best.packs.filter(({ name }) => !names.has(name));
      for (const packs of packingsOf(group, fewer)) {
        const tried = scored([...others, ...packs], shape);
        if (tried.most <= limit && tried.likely <= limit && isBetter(tried, best)) best = tried;
      }
    }
    if (best === before) break;
  }
  return best.packs;
}

/** Returns the groups of jobs that may share machines, that of the longest job first. */
function groupsOf<Job extends EstimatedJob>(jobs: readonly Job[]): readonly (readonly Job[])[] {
  const groups = new Map<string, Job[]>();
  for (const job of [...jobs].sort(longestFirst)) {
    if (job.group === undefined) continue;
    const key = JSON.stringify([job.stage, machineText(job.machine ?? USUAL_MACHINE), job.group]);
    groups.set(key, [...(groups.get(key) ?? []), job]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** Returns the packings of a group to try: from a machine for each job down to one for all, as far as machines do not run too long. */
function packingsOf<Job extends EstimatedJob>(group: readonly Job[], fewer: number): readonly (readonly Pack<Job>[])[] {
  const packings: (readonly Pack<Job>[])[] = [];
  for (let count = group.length; count >= 1; count = Math.min(count - 1, Math.floor(count * fewer))) {
    const packs = distribute(group, count);
    if (packs.some((pack) => pack.jobs.length > 1 && pack.mostMinutes > MAX_PACK_MINUTES)) break;
    packings.push(packs);
  }
  return packings;
}

/** Gives each job, the longest first, to the machine that has least to do: the LPT rule (R. Graham, 1969). */
function distribute<Job extends EstimatedJob>(group: readonly Job[], machines: number): readonly Pack<Job>[] {
  const bins = Array.from({ length: machines }, () => ({ seconds: 0, jobs: [] as Job[] }));
  for (const job of group) {
    const least = bins.reduce((found, bin) => (bin.seconds < found.seconds ? bin : found));
    least.jobs.push(job);
    least.seconds += ownSeconds(job.minutes);
  }
  return bins.map(({ jobs }) => packOf(jobs));
}

/** Returns the machine of these jobs. It has the name of the longest, and is as urgent as the most urgent. */
export function packOf<Job extends EstimatedJob>(jobs: readonly Job[]): Pack<Job> {
  const sorted = [...jobs].sort(longestFirst);
  const [first] = sorted;
  if (first === undefined) throw new Error('a machine has at least one job');
  return {
    name: first.name,
    stage: first.stage,
    priority: Math.min(...sorted.map(({ priority }) => priority)),
    jobs: sorted,
    ...machineTimes(sorted.map(({ minutes }) => minutes)),
  };
}

function longestFirst(a: SimulatedJob, b: SimulatedJob): number {
  return b.minutes - a.minutes || (a.name < b.name ? -1 : 1);
}

/** Minutes of the run, if builds side by side gain what was measured, and if they gain nothing; machine minutes of the former. */
interface Scored<Job extends EstimatedJob> {
  readonly packs: readonly Pack<Job>[];
  readonly likely: number;
  readonly most: number;
  readonly work: number;
}

function scored<Job extends EstimatedJob>(packs: readonly Pack<Job>[], shape: Omit<Simulation, 'jobs'>): Scored<Job> {
  const atMost = packs.map((pack) => ({ ...pack, minutes: pack.mostMinutes }));
  return {
    packs,
    likely: simulate({ ...shape, jobs: packs }).minutes,
    most: simulate({ ...shape, jobs: atMost }).minutes,
    work: packs.reduce((sum, { minutes }) => sum + minutes, 0),
  };
}

/** Whole minutes count, because a shorter run by seconds is not worth a machine. */
function isBetter<Job extends EstimatedJob>(a: Scored<Job>, b: Scored<Job>): boolean {
  const shorter = Math.ceil(a.likely) - Math.ceil(b.likely);
  return shorter < 0 || (shorter === 0 && a.work < b.work);
}
