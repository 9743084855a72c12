/** The live display of a run: a tree of steps, stages and jobs on a terminal, plain lines elsewhere. */
import { setInterval } from 'node:timers';
import { timeText } from '../../core/report/run-text';
import { printable } from '../../core/text/escape';
import {
  type JobProgress,
  jobNames,
  type Phase,
  type Progress,
  phaseName,
  progressText,
  timeLeft,
} from '../../local/runtime/progress';
import { type Output, type Paint, paintFor, printLine } from './print';

/** `update` may be called often. `end` leaves the last picture, so that it stays in the scrollback. */
export interface LiveRun {
  update(progress: Progress): void;
  end(): void;
}

/** Durations are redrawn at this interval, in ms. */
const TICK = 500;

/** Returns the display that suits the output: nothing if it is quiet, a tree on a terminal, otherwise lines, also for `verbose`. */
export function liveRun(output: Output): LiveRun {
  if (output.level === 'quiet') return { update: () => undefined, end: () => undefined };
  return output.isTTY === true && output.level !== 'verbose' ? liveTree(output) : progressLines(output);
}

function liveTree(output: Output): LiveRun {
  let latest: Progress | undefined;
  let region: ReturnType<typeof import('log-update').createLogUpdate> | undefined;
  const draw = () => {
    if (region === undefined || latest === undefined) return;
    region(treeLines(latest, Date.now(), output.columns ?? 80, paintFor(output)).join('\n'));
  };
  // Loaded only here: a command that shows no run starts without it.
  const loading = import('log-update').then(({ createLogUpdate }) => {
    region ??= createLogUpdate(output as unknown as NodeJS.WriteStream);
    draw();
  });
  void loading;
  const timer = setInterval(draw, TICK).unref();
  return {
    update: (progress) => {
      latest = progress;
      draw();
    },
    end: () => {
      clearInterval(timer);
      draw();
      region?.done();
    },
  };
}

/** Returns a line for each new step, each tenth part of the builds, each failure and, if the output is verbose, each job. */
function progressLines(output: Output): LiveRun {
  let before: Progress | undefined;
  const tenthOf = ({ total, jobs }: Progress) =>
    total === 0 ? 0 : Math.floor((jobs.filter(({ until }) => until !== undefined).length / total) * 10);
  return {
    update: (progress) => {
      const known = before;
      before = progress;
      if (output.level === 'verbose') {
        for (const job of progress.jobs) {
          const earlier = known?.jobs.find(({ name }) => name === job.name);
          if (job.state !== earlier?.state && job.until !== undefined) printLine(output, `  ${jobText(job)}`);
        }
      }
      if (tenthOf(progress) > (known === undefined ? 0 : tenthOf(known)))
        printLine(output, `  ${printable(progressText(progress))}`);
      else if (phaseName(progress) !== (known === undefined ? '' : phaseName(known))) {
        printLine(output, `  ${printable(phaseName(progress))}`);
      }
    },
    end: () => undefined,
  };
}

function jobText({ name, state, since = 0, until = since }: JobProgress): string {
  return printable(`${name} ${state} after ${inWords(until - since)}`);
}

/** Returns the picture of a run, one string a line, each within `width` columns. `now` is in ms since 1970. */
export function treeLines(progress: Progress, now: number, width: number, paint: Paint): readonly string[] {
  return progress.phases.flatMap((phase, at) => {
    const hasJobs = progress.jobs.some(({ since }) => since !== undefined && isWithin(since, phase));
    const isBroken = progress.phases[at + 1]?.name === REPORT_OF_FAILURE;
    const hasFailed = isBroken || (hasJobs && jobNames(progress, 'failed').length > 0);
    const state = phase.until === undefined ? 'running' : hasFailed ? 'failed' : 'built';
    return [
      markedLine(state, phaseText(phase, progress, now, hasJobs), width, paint),
      ...(hasJobs ? stageLines(progress, now, width, paint) : []),
    ];
  });
}

/** The step that a failed one leads to. */
const REPORT_OF_FAILURE = 'Report the failure';

function isWithin(time: number, { since, until = Number.POSITIVE_INFINITY }: Phase): boolean {
  return time >= since && time < until;
}

const NAME_WIDTH = 28;

function phaseText({ name, since, until }: Phase, progress: Progress, now: number, hasJobs: boolean): string {
  const left = hasJobs && until === undefined ? timeLeft(progress, now) : undefined;
  const jobs = progress.jobs.filter(({ state }) => state !== 'failed');
  return [
    printable(name).padEnd(NAME_WIDTH),
    inWords((until ?? now) - since).padStart(8),
    ...(hasJobs ? [printable(progressText({ ...progress, jobs }))] : []),
    ...(left === undefined ? [] : [`about ${inWords(left)} left`]),
  ].join('  ');
}

function stageLines({ jobs }: Progress, now: number, width: number, paint: Paint): readonly string[] {
  return [...new Set(jobs.map(({ stage }) => stage))].map((stage) => {
    const here = jobs.filter((job) => job.stage === stage);
    const built = here.filter(({ state }) => state === 'built').length;
    const running = here.filter(({ state }) => state === 'running');
    const failed = here.filter(({ state }) => state === 'failed').map(({ name }) => name);
    const parts = [
      printable(stage === '' ? 'jobs' : stage).padEnd(NAME_WIDTH - 4),
      `${built} of ${here.length}`.padStart(8),
      ...(failed.length === 0 ? [] : [printable(`failed: ${failed.join(' ')}`)]),
      ...running.map(({ name, since = now }) => printable(`${name} ${inWords(now - since)}`)),
    ];
    const state =
      running.length > 0 ? 'running' : failed.length > 0 ? 'failed' : built === here.length ? 'built' : 'waiting';
    return `    ${markedLine(state, parts.join('  '), width - 4, paint)}`;
  });
}

const MARKS: Readonly<Record<JobProgress['state'], readonly [string, Parameters<Paint>[0]]>> = {
  waiting: ['·', 'dim'],
  running: ['●', 'yellow'],
  built: ['✔', 'green'],
  failed: ['✖', 'red'],
};

/** Returns a duration of ms in words. */
function inWords(ms: number): string {
  return timeText(ms / 1000);
}

/** The mark alone is coloured, so that the line can be cut anywhere. */
function markedLine(state: JobProgress['state'], text: string, width: number, paint: Paint): string {
  const [mark, colour] = MARKS[state];
  const room = width - 3;
  return `${paint(colour, mark)} ${text.length > room ? `${text.slice(0, room - 1)}…` : text}`;
}
