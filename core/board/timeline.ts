/** The times of a run: recorded from the events of its execution, and laid out as bars. */
import type { RecordedJob } from '../contract/estimate';
import { moduleOutcomeName } from '../contract/job';
import type { RunTimeline, TimedJob, TimedStep } from '../contract/report';

/** Something that happened in an execution. Times are in ms since 1970. `isTop`: the state is on the state machine's top level. */
export type RunMoment =
  | {
      readonly kind: 'entered' | 'left';
      readonly state: string;
      readonly isTop: boolean;
      readonly at: number;
      /** The state's input when it is entered, its output when it is left. */
      readonly data?: unknown;
    }
  | { readonly kind: 'building'; readonly job: string; readonly at: number }
  | { readonly kind: 'ended'; readonly job: string; readonly at: number; readonly isFailed: boolean };

/** Records the moments of a run in their order. */
export interface TimelineRecorder {
  /** Returns true if the moment changed the timeline. */
  add(moment: RunMoment): boolean;
  timeline(): RunTimeline;
}

/** The states that build one job have this name; the job is in their input. */
const BUILD_STATE = /^Build (image|module) \(/;

/** A state that builds several images. Those that it did not build are built again, each by a state of its own. */
const SHARED_STATE = /^Build images together \(/;

/** States that decide or shape data take no time that a person would want to see. */
const SHOWN_STEPS: ReadonlySet<string> = new Set([
  'Plan the run',
  'Build images',
  'Scan the images',
  'Wait for approval',
  'Tag all images',
  'Deliver the images',
  'Deliver what is left',
  'Update the values file',
  'Deploy',
  'Verify',
  'Watch',
  'Roll back',
  'Report the run',
  'Report the failure',
]);

/** Starts a recording. */
export function recordTimeline(run: string, startedAt: number): TimelineRecorder {
  const steps: TimedStep[] = [];
  const jobs = new Map<string, TimedJob>();
  let endedAt: number | undefined;

  function change(name: string, next: (job: TimedJob) => TimedJob): boolean {
    const job = jobs.get(name);
    if (job === undefined) return false;
    jobs.set(name, next(job));
    return true;
  }

  function addStep(name: string, at: number): boolean {
    if (!SHOWN_STEPS.has(name)) return false;
    steps.push({ name, startedAt: at });
    return true;
  }

  function endStep(name: string, at: number): boolean {
    const index = steps.findLastIndex((step) => step.name === name && step.endedAt === undefined);
    const open = steps[index];
    if (open === undefined) return false;
    steps[index] = { ...open, endedAt: at };
    return true;
  }

  function addState({ kind, state, isTop, at, data }: Extract<RunMoment, { state: string }>): boolean {
    if (SHARED_STATE.test(state)) return addShared(kind, at, data);
    const job = BUILD_STATE.test(state) ? jobIn(data) : undefined;
    if (job === undefined) return isTop && (kind === 'entered' ? addStep(state, at) : endStep(state, at));
    if (kind === 'entered') {
      const known = jobs.get(job);
      // Events of the interpreter can come after what the build machine tells. A later one is the second attempt.
      const isSame = known !== undefined && at <= (known.startedAt ?? known.queuedAt);
      jobs.set(job, isSame ? { ...known, queuedAt: at } : { name: job, queuedAt: at });
      return true;
    }
    return change(job, (known) =>
      known.endedAt !== undefined ? known : { ...known, endedAt: at, ...(hasError(data) ? { isFailed: true } : {}) },
    );
  }

  function addShared(kind: 'entered' | 'left', at: number, data: unknown): boolean {
    for (const name of jobsIn(data)) {
      if (kind === 'left') change(name, (known) => (known.endedAt === undefined ? { ...known, endedAt: at } : known));
      else if (!jobs.has(name)) jobs.set(name, { name, queuedAt: at });
    }
    return true;
  }

  return {
    add: (moment) => {
      endedAt = Math.max(endedAt ?? 0, moment.at);
      if (moment.kind === 'building') {
        const known = jobs.get(moment.job);
        const isOpen = known !== undefined && known.endedAt === undefined && known.startedAt === undefined;
        jobs.set(moment.job, { name: moment.job, queuedAt: isOpen ? known.queuedAt : moment.at, startedAt: moment.at });
        return true;
      }
      if (moment.kind === 'ended') {
        const failed = moment.isFailed ? { isFailed: true } : {};
        return change(moment.job, (job) => ({ ...job, endedAt: moment.at, ...failed }));
      }
      return addState(moment);
    },
    timeline: () => {
      const last = steps.at(-1);
      const isOver = last !== undefined && /^Report /.test(last.name) && last.endedAt !== undefined;
      return {
        schema: 1,
        run,
        startedAt,
        ...(isOver && endedAt !== undefined ? { endedAt } : {}),
        steps: [...steps],
        jobs: [...jobs.values()],
      };
    },
  };
}

/** Returns the timeline of a run of which only the builds told their times. The times of the run are in ms since 1970. */
export function timelineOfJobs(
  { run, startedAt, endedAt }: { readonly run: string; readonly startedAt: number; readonly endedAt: number },
  succeeded: readonly RecordedJob[],
  failed: readonly RecordedJob[],
): RunTimeline {
  const timed = ({ name, submittedAt, parts: { queue = 0, provisioning = 0 }, endedAt }: RecordedJob): TimedJob => ({
    name,
    queuedAt: submittedAt,
    startedAt: Math.min(endedAt, submittedAt + (queue + provisioning) * 1000),
    endedAt,
  });
  const jobs = [...succeeded.map(timed), ...failed.map((job) => ({ ...timed(job), isFailed: true }))];
  return { schema: 1, run, startedAt, endedAt, steps: [], jobs: jobs.sort((a, b) => a.queuedAt - b.queuedAt) };
}

/** Adds the stored jobs that the history of the execution does not have: those of a Distributed Map have a history of their own. */
export function withStoredJobs(history: RunTimeline, stored: RunTimeline | undefined): RunTimeline {
  const known = new Set(history.jobs.map(({ name }) => name));
  const others = stored?.jobs.filter(({ name }) => !known.has(name)) ?? [];
  return { ...history, jobs: [...history.jobs, ...others].sort((a, b) => a.queuedAt - b.queuedAt) };
}

function jobsIn(data: unknown): readonly string[] {
  const { images } = Object(data) as { readonly images?: unknown };
  return Array.isArray(images) ? images.flatMap((image) => jobIn(image) ?? []) : [];
}

function jobIn(data: unknown): string | undefined {
  const { service, module } = Object(data) as { readonly service?: unknown; readonly module?: unknown };
  if (typeof module === 'string') return moduleOutcomeName(module);
  return typeof service === 'string' ? service : undefined;
}

/** A caught failure leaves the state, too, with the error in its output. */
function hasError(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'error' in data;
}

/** A bar of the chart. Positions are thousandths of the chart's width. */
export interface Bar {
  readonly name: string;
  /** `waiting` for a machine, `working`, or `failed`. */
  readonly parts: readonly { readonly kind: BarKind; readonly from: number; readonly to: number }[];
  readonly seconds: number;
  readonly waitSeconds: number;
  readonly isOpen: boolean;
  /** True if the run would have ended earlier without this job. */
  readonly isCritical: boolean;
}

export type BarKind = 'step' | 'waiting' | 'working' | 'failed';

/** The chart of a run: its steps and its jobs over the same time. */
export interface TimelineChart {
  readonly seconds: number;
  readonly steps: readonly Bar[];
  readonly jobs: readonly Bar[];
}

/** Lays out a timeline. Open parts end at `now`. `stageOf` gives the stage of a job, for the critical path. */
export function layOutTimeline(
  timeline: RunTimeline,
  now: number,
  stageOf: (job: string) => string | undefined,
): TimelineChart {
  const start = timeline.startedAt;
  const ends = [...timeline.steps, ...timeline.jobs].map(({ endedAt }) => endedAt ?? now);
  const end = Math.max(start + 1, timeline.endedAt ?? Math.max(now, ...ends));
  const at = (time: number) => Math.round(Math.min(1, Math.max(0, (time - start) / (end - start))) * 1000);
  const critical = criticalJobs(timeline.jobs, stageOf);
  return {
    seconds: (end - start) / 1000,
    steps: timeline.steps.map((step) => stepBar(step, now, at)),
    jobs: timeline.jobs.map((job) => ({ ...jobBar(job, now, at), isCritical: critical.has(job.name) })),
  };
}

type Scale = (time: number) => number;

function stepBar({ name, startedAt, endedAt }: TimedStep, now: number, at: Scale): Bar {
  const end = endedAt ?? now;
  return {
    name,
    parts: [{ kind: 'step', from: at(startedAt), to: at(end) }],
    seconds: (end - startedAt) / 1000,
    waitSeconds: 0,
    isOpen: endedAt === undefined,
    isCritical: false,
  };
}

function jobBar({ name, queuedAt, startedAt, endedAt, isFailed = false }: TimedJob, now: number, at: Scale): Bar {
  const end = endedAt ?? now;
  const begin = startedAt ?? (endedAt === undefined ? end : queuedAt);
  const working = isFailed ? 'failed' : 'working';
  return {
    name,
    parts: [
      { kind: 'waiting' as const, from: at(queuedAt), to: at(begin) },
      { kind: working as BarKind, from: at(begin), to: at(end) },
    ].filter(({ from, to }, index) => to > from || index === 1),
    seconds: (end - begin) / 1000,
    waitSeconds: (begin - queuedAt) / 1000,
    isOpen: endedAt === undefined,
    isCritical: false,
  };
}

/**
 * Returns the jobs that kept the run from ending earlier. The last one to end is critical; so is the last one of another stage to end
 * before that one was queued, and so on back to the first.
 */
function criticalJobs(jobs: readonly TimedJob[], stageOf: (job: string) => string | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  let before = Number.POSITIVE_INFINITY;
  let stage: string | undefined;
  for (;;) {
    const earlier = jobs.filter(
      ({ name, endedAt }) =>
        endedAt !== undefined && endedAt <= before && !found.has(name) && (found.size === 0 || stageOf(name) !== stage),
    );
    const last = earlier.reduce<TimedJob | undefined>(
      (latest, job) => (latest === undefined || (job.endedAt ?? 0) > (latest.endedAt ?? 0) ? job : latest),
      undefined,
    );
    if (last === undefined) return found;
    found.add(last.name);
    before = last.queuedAt;
    stage = stageOf(last.name);
  }
}
