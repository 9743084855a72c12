/** Simulates a run: when each job starts and ends with a number of build machines. Pure, in whole minutes. */
import type { Service, Stage } from '../catalog/model';
import { criticalPath } from './estimate-builds';

/** A job to schedule. `priority` 0 is the most urgent. */
export type SimulatedJob = Pick<Service, 'name' | 'stage' | 'minutes' | 'priority'>;

export interface Simulation {
  readonly jobs: readonly SimulatedJob[];
  readonly stages: readonly Stage[];
  /** Machines for all stages together. */
  readonly builders: number;
  /** Jobs of one stage at a time (the setting `maxConcurrency`), unless the stage has a limit of its own. */
  readonly stageConcurrency: number;
}

/** A job with its start and end, in minutes since the start of the builds. */
export interface ScheduledJob extends SimulatedJob {
  readonly start: number;
  readonly end: number;
}

export interface Schedule {
  /** Sorted by start, then by urgency. */
  readonly jobs: readonly ScheduledJob[];
  /** Minutes from the first start to the last end. */
  readonly minutes: number;
}

/**
 * Returns the schedule, made by list scheduling as the state machine does it. A stage starts when the stages it needs have ended. A free
 * machine takes the most urgent job that may start, and the longest of equally urgent ones. Throws for an unknown stage or a cycle.
 */
export function simulate({ jobs, stages, builders, stageConcurrency }: Simulation): Schedule {
  const awaited = awaitedStages(stages);
  checkStages(jobs, awaited);
  const limits = new Map(stages.map((stage) => [stage.name, stage.maxConcurrency ?? stageConcurrency]));
  let waiting = [...jobs].sort(byUrgency);
  let running: ScheduledJob[] = [];
  const done: ScheduledJob[] = [];
  for (let now = 0; waiting.length > 0 || running.length > 0; ) {
    const free = freePlaces([...waiting, ...running], running, awaited, limits);
    const left: SimulatedJob[] = [];
    for (const job of waiting) {
      const places = free.get(job.stage) ?? 0;
      if (places > 0 && running.length < builders) {
        running.push({ ...job, start: now, end: now + job.minutes });
        free.set(job.stage, places - 1);
      } else left.push(job);
    }
    if (running.length === 0) throw new Error(`${left.length} jobs can never start; give at least one builder`);
    waiting = left;
    now = running.reduce((first, { end }) => Math.min(first, end), Number.POSITIVE_INFINITY);
    done.push(...running.filter(({ end }) => end === now));
    running = running.filter(({ end }) => end > now);
  }
  return {
    jobs: done.sort((a, b) => a.start - b.start || byUrgency(a, b)),
    minutes: done.reduce((last, { end }) => Math.max(last, end), 0),
  };
}

/** Returns how many jobs each stage may start now: none while a stage that it waits for has `open` jobs. */
function freePlaces(
  open: readonly SimulatedJob[],
  running: readonly SimulatedJob[],
  awaited: AwaitedStages,
  limits: ReadonlyMap<string, number>,
): Map<string, number> {
  const openStages = new Set(open.map(({ stage }) => stage));
  const free = new Map<string, number>();
  for (const stage of openStages) {
    const isReady = [...(awaited.get(stage) ?? [])].every((before) => !openStages.has(before));
    if (isReady) free.set(stage, limits.get(stage) ?? 0);
  }
  for (const { stage } of running) free.set(stage, (free.get(stage) ?? 0) - 1);
  return free;
}

/** Returns the minutes that every schedule takes at least: the critical path, or all work divided evenly. */
export function lowerBound({ jobs, stages, builders }: Pick<Simulation, 'jobs' | 'stages' | 'builders'>): number {
  const work = jobs.reduce((sum, { minutes }) => sum + minutes, 0);
  return Math.max(criticalPath(jobs, stages).minutes, Math.ceil(work / builders));
}

/** Returns the stages with a barrier before each: it waits for all stages before it. */
export function withBarriers(stages: readonly Stage[]): readonly Stage[] {
  return stages.map((stage, index) => ({ ...stage, needs: stages.slice(0, index).map(({ name }) => name) }));
}

function byUrgency(a: SimulatedJob, b: SimulatedJob): number {
  return a.priority - b.priority || b.minutes - a.minutes || (a.name < b.name ? -1 : 1);
}

function checkStages(jobs: readonly SimulatedJob[], awaited: AwaitedStages): void {
  const lost = jobs.find(({ stage }) => !awaited.has(stage));
  if (lost !== undefined) throw new Error(`job '${lost.name}' is of the stage '${lost.stage}', which does not exist`);
}

type AwaitedStages = ReadonlyMap<string, ReadonlySet<string>>;

/** Returns all stages that each stage waits for, also by way of stages without jobs. */
function awaitedStages(stages: readonly Stage[]): AwaitedStages {
  const needs = new Map(stages.map((stage) => [stage.name, stage.needs]));
  return new Map(
    stages.map(({ name }) => {
      const found = new Set(needs.get(name) ?? []);
      for (const stage of found) for (const need of needs.get(stage) ?? []) found.add(need);
      return [name, found];
    }),
  );
}
