/** Plays a run through: which job starts when, with so many build machines. Pure, in whole minutes. */
import type { Service, Stage } from '../catalog/catalog';
import { longestWay } from './estimate-builds';

/** A job to be scheduled. `priority` 0 is the most urgent. */
export type SimulatedJob = Pick<Service, 'name' | 'stage' | 'minutes' | 'priority'>;

export interface Simulation {
  readonly jobs: readonly SimulatedJob[];
  readonly stages: readonly Stage[];
  /** Machines that may run at the same time, of all stages together. */
  readonly builders: number;
  /** Jobs of one stage at a time, where the stage does not say (the setting `maxConcurrency`). */
  readonly stageConcurrency: number;
}

/** A job with its minutes since the start of the builds. */
export interface ScheduledJob extends SimulatedJob {
  readonly start: number;
  readonly end: number;
}

export interface Schedule {
  /** By start, then in the order in which they were taken. */
  readonly jobs: readonly ScheduledJob[];
  /** Minutes from the first start to the last end. */
  readonly minutes: number;
}

/**
 * List scheduling, as the state machine does it: a stage starts when all that it needs have ended; whenever a machine is free, the most
 * urgent job that may start takes it, of equal ones the longest. Throws if a job's stage is not there or needs go round.
 */
export function simulate({ jobs, stages, builders, stageConcurrency }: Simulation): Schedule {
  const awaited = awaitedStages(stages);
  const limits = new Map(stages.map((stage) => [stage.name, stage.maxConcurrency ?? stageConcurrency]));
  let waiting = [...jobs].sort(byUrgency);
  let running: ScheduledJob[] = [];
  const done: ScheduledJob[] = [];
  for (let now = 0; waiting.length > 0 || running.length > 0; ) {
    const open = new Set([...waiting, ...running].map(({ stage }) => stage));
    const left: SimulatedJob[] = [];
    for (const job of waiting) {
      const isReady = !stagesBefore(awaited, job).some((stage) => open.has(stage));
      const beside = running.filter(({ stage }) => stage === job.stage).length;
      const starts = isReady && running.length < builders && beside < (limits.get(job.stage) ?? stageConcurrency);
      if (starts) running.push({ ...job, start: now, end: now + job.minutes });
      else left.push(job);
    }
    if (running.length === 0) throw new Error(`${left.length} jobs can never start; give at least one builder`);
    waiting = left;
    now = Math.min(...running.map(({ end }) => end));
    done.push(...running.filter(({ end }) => end === now));
    running = running.filter(({ end }) => end > now);
  }
  return {
    jobs: done.sort((a, b) => a.start - b.start || byUrgency(a, b)),
    minutes: Math.max(0, ...done.map(({ end }) => end)),
  };
}

/** Minutes that no schedule can be shorter than: the longest way, or all the work shared out evenly. Whole minutes. */
export function lowerBound({ jobs, stages, builders }: Pick<Simulation, 'jobs' | 'stages' | 'builders'>): number {
  const work = jobs.reduce((sum, { minutes }) => sum + minutes, 0);
  return Math.max(longestWay(jobs, stages).minutes, Math.ceil(work / builders));
}

/** The same stages, each of which waits for the one before it: what barriers between stages cost. */
export function withBarriers(stages: readonly Stage[]): readonly Stage[] {
  return stages.map((stage, index) => ({ ...stage, needs: stages.slice(0, index).map(({ name }) => name) }));
}

function byUrgency(a: SimulatedJob, b: SimulatedJob): number {
  return a.priority - b.priority || b.minutes - a.minutes || (a.name < b.name ? -1 : 1);
}

function stagesBefore(awaited: ReadonlyMap<string, ReadonlySet<string>>, { name, stage }: SimulatedJob): string[] {
  const stages = awaited.get(stage);
  if (stages === undefined) throw new Error(`job '${name}' is of the stage '${stage}', which is not there`);
  return [...stages];
}

/** All stages that each one waits for, also through stages without jobs. */
function awaitedStages(stages: readonly Stage[]): ReadonlyMap<string, ReadonlySet<string>> {
  const needs = new Map(stages.map((stage) => [stage.name, stage.needs]));
  return new Map(
    stages.map(({ name }) => {
      const found = new Set(needs.get(name) ?? []);
      for (const stage of found) for (const need of needs.get(stage) ?? []) found.add(need);
      return [name, found];
    }),
  );
}
