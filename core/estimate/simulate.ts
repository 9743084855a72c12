/** Simulates a run: when each job starts and ends with a number of build machines. Pure. Times are minutes, or any other unit. */
import { awaitedStages, type Service, type Stage } from '../catalog/model';
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
  const order = [...jobs].sort(byUrgency);
  const queues = stages
    .map(({ name, maxConcurrency = stageConcurrency }): Queue => {
      const waiting = order.filter(({ stage }) => stage === name).reverse();
      return { waiting, open: waiting.length, free: maxConcurrency, awaited: [] };
    })
    .filter(({ open }) => open > 0);
  const queueOf = new Map(queues.map((queue) => [queue.waiting[0]?.stage ?? '', queue]));
  for (const [stage, queue] of queueOf) {
    queue.awaited.push(...[...(awaited.get(stage) ?? [])].flatMap((before) => queueOf.get(before) ?? []));
  }
  const running: ScheduledJob[] = [];
  const done: ScheduledJob[] = [];
  for (let now = 0; done.length < jobs.length; now = running.at(-1)?.end ?? now) {
    while (running.at(-1)?.end === now) {
      const ended = running.pop() as ScheduledJob;
      done.push(ended);
      const queue = queueOf.get(ended.stage) as Queue;
      queue.open -= 1;
      queue.free += 1;
    }
    for (let next = nextQueue(queues); next !== undefined && running.length < builders; next = nextQueue(queues)) {
      const job = next.waiting.pop() as SimulatedJob;
      next.free -= 1;
      const scheduled = { ...job, start: now, end: now + job.minutes };
      running.splice(placeOf(scheduled.end, running), 0, scheduled);
    }
    const left = jobs.length - done.length;
    if (running.length === 0 && left > 0) {
      throw new Error(`${left} jobs can never start; give at least one builder`);
    }
  }
  return {
    jobs: done.sort((a, b) => a.start - b.start || byUrgency(a, b)),
    minutes: done.reduce((last, { end }) => Math.max(last, end), 0),
  };
}

/** The jobs of a stage. `waiting` has the most urgent one last; `free` is how many more may run at a time. */
interface Queue {
  readonly waiting: SimulatedJob[];
  open: number;
  free: number;
  readonly awaited: Queue[];
}

/** Returns the queue whose next job is the most urgent one that may start. */
function nextQueue(queues: readonly Queue[]): Queue | undefined {
  let found: Queue | undefined;
  for (const queue of queues) {
    const job = queue.waiting.at(-1);
    if (job === undefined || queue.free <= 0 || queue.awaited.some(({ open }) => open > 0)) continue;
    const best = found?.waiting.at(-1);
    if (best === undefined || byUrgency(job, best) < 0) found = queue;
  }
  return found;
}

/** Returns the place of an end among running jobs, of which the first to end is the last. */
function placeOf(end: number, running: readonly ScheduledJob[]): number {
  let [low, high] = [0, running.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((running[middle] as ScheduledJob).end > end) low = middle + 1;
    else high = middle;
  }
  return low;
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

/** Orders jobs as the state machine starts them. */
export function byUrgency(a: SimulatedJob, b: SimulatedJob): number {
  return a.priority - b.priority || b.minutes - a.minutes || (a.name < b.name ? -1 : 1);
}

function checkStages(jobs: readonly SimulatedJob[], awaited: ReturnType<typeof awaitedStages>): void {
  const lost = jobs.find(({ stage }) => !awaited.has(stage));
  if (lost !== undefined) throw new Error(`job '${lost.name}' is of the stage '${lost.stage}', which does not exist`);
}
