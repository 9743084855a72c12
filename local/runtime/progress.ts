/** The progress of a run, for a live display. */

/** A snapshot. Times are in ms since 1970. */
export interface Progress {
  /** The steps so far, in order. */
  readonly phases: readonly Phase[];
  /** The jobs of the run, in the order of the plan; jobs that the plan did not name are at the end. */
  readonly jobs: readonly JobProgress[];
  /** Jobs of the run. More than `jobs` has if only their number is known. */
  readonly total: number;
}

/** A step of the state machine. `until` is absent while it runs. */
export interface Phase {
  readonly name: string;
  readonly since: number;
  readonly until?: number;
}

export interface JobProgress extends PlannedJob {
  readonly state: 'waiting' | 'running' | 'built' | 'failed';
  readonly since?: number;
  readonly until?: number;
}

/** A job before it starts. `weight` is its share of the time left: its minutes, or its limit in minutes. */
export interface PlannedJob {
  readonly name: string;
  readonly stage: string;
  readonly weight: number;
}

/** The progress of a run that has not begun. */
export const NO_PROGRESS: Progress = { phases: [], jobs: [], total: 0 };

/** Returns the progress in words: `built 5 of 6, 1 failed (restapi)`. */
export function progressText(progress: Progress): string {
  const failed = jobNames(progress, 'failed');
  const failures = failed.length === 0 ? '' : `, ${failed.length} failed (${failed.join(' ')})`;
  return `built ${jobNames(progress, 'built').length} of ${progress.total}${failures}`;
}

/** Returns the names of the jobs in that state. */
export function jobNames({ jobs }: Progress, state: JobProgress['state']): readonly string[] {
  return jobs.filter((job) => job.state === state).map(({ name }) => name);
}

/** Returns the name of the current step; empty before the first one. */
export function phaseName({ phases }: Progress): string {
  return phases.at(-1)?.name ?? '';
}

/** Returns the progress after the run entered a step, which ends the one before. */
export function phaseEntered(progress: Progress, name: string, at: number): Progress {
  // A watch looks again and again.
  if (phaseName(progress) === name) return progress;
  return { ...progress, phases: [...phasesUntil(progress, at), { name, since: at }] };
}

/** Returns the progress after the end of the run. */
export function runEnded(progress: Progress, at: number): Progress {
  return { ...progress, phases: phasesUntil(progress, at) };
}

function phasesUntil({ phases }: Progress, at: number): readonly Phase[] {
  return phases.map((phase) => (phase.until === undefined ? { ...phase, until: at } : phase));
}

/** Returns the progress with the jobs of the plan. `total` counts also those whose names are not known. */
export function jobsPlanned(progress: Progress, jobs: readonly PlannedJob[], total: number): Progress {
  return { ...progress, jobs: jobs.map((job) => ({ ...job, state: 'waiting' })), total };
}

/** Returns the progress after a job started, which may be its second attempt. */
export function jobStarted(progress: Progress, name: string, at: number): Progress {
  return withJob(progress, name, ({ until: _, ...job }) => ({ ...job, state: 'running', since: job.since ?? at }));
}

/** Returns the progress after a job ended. */
export function jobEnded(progress: Progress, name: string, succeeded: boolean, at: number): Progress {
  return withJob(progress, name, (job) => ({ ...job, state: succeeded ? 'built' : 'failed', until: at }));
}

/** Returns the progress after an attempt ended which may be followed by another. */
export function jobStopped(progress: Progress, name: string): Progress {
  return withJob(progress, name, (job) => ({ ...job, state: 'waiting' }));
}

function withJob(progress: Progress, name: string, change: (job: JobProgress) => JobProgress): Progress {
  const known = progress.jobs.find((job) => job.name === name);
  if (known !== undefined) {
    return { ...progress, jobs: progress.jobs.map((job) => (job === known ? change(job) : job)) };
  }
  const added = change({ name, stage: '', weight: 1, state: 'waiting' });
  return { ...progress, jobs: [...progress.jobs, added], total: Math.max(progress.total, progress.jobs.length + 1) };
}

/** Less than this share of the work tells nothing about the rest. */
const TELLING_SHARE = 0.1;

/**
 * Returns the ms until the last build ends, from the time that the builds so far took; undefined if that is not known yet. The estimate
 * counts minutes of work, so that it holds for builds that take longer or shorter than planned, and for any number of machines.
 */
export function timeLeft({ jobs, total }: Progress, now: number): number | undefined {
  const starts = jobs.flatMap(({ since }) => (since === undefined ? [] : [since]));
  const done = sumOfWeights(jobs.filter(({ until }) => until !== undefined));
  const open = sumOfWeights(jobs.filter(({ until }) => until === undefined));
  if (jobs.length < total || open === 0 || done < (done + open) * TELLING_SHARE) return undefined;
  return ((now - Math.min(...starts)) * open) / done;
}

function sumOfWeights(jobs: readonly JobProgress[]): number {
  return jobs.reduce((sum, { weight }) => sum + weight, 0);
}

/** Returns the jobs of a plan step's result, modules first. Jobs that are stored as objects are not among them. */
export function plannedJobs({ stages = {}, modules = {} }: PlannedStages): readonly PlannedJob[] {
  const jobsOf = (stage: string, jobs: PlannedStages['stages']) =>
    (jobs?.[stage] ?? [])
      .flatMap((job) => job.images ?? [job])
      .map(({ service, timeoutMinutes }) => ({ name: service, stage, weight: timeoutMinutes }));
  return [...new Set([...Object.keys(stages), ...Object.keys(modules)])].flatMap((stage) => [
    ...jobsOf(stage, modules),
    ...jobsOf(stage, stages),
  ]);
}

interface LimitedJob {
  readonly service: string;
  readonly timeoutMinutes: number;
}

/** The part of `PlanResult` that names jobs. A history may have cut it. */
interface PlannedStages {
  readonly stages?: Readonly<Record<string, readonly (LimitedJob & { readonly images?: readonly LimitedJob[] })[]>>;
  readonly modules?: PlannedStages['stages'];
}

/** Takes the events of a run. */
export interface ProgressFollower {
  enter(phase: string): void;
  planned(jobs: readonly PlannedJob[], total: number): void;
  started(job: string): void;
  finished(job: string, succeeded: boolean): void;
  ended(): void;
}

/** Keeps the snapshot and calls `onChange` with each new one. */
export function followProgress(onChange: (progress: Progress) => void, clock: () => number): ProgressFollower {
  let now = NO_PROGRESS;
  const change = (next: Progress) => {
    now = next;
    onChange(now);
  };
  return {
    enter: (phase) => change(phaseEntered(now, phase, clock())),
    planned: (jobs, total) => change(jobsPlanned(now, jobs, total)),
    started: (job) => change(jobStarted(now, job, clock())),
    finished: (job, succeeded) => change(jobEnded(now, job, succeeded, clock())),
    ended: () => change(runEnded(now, clock())),
  };
}
