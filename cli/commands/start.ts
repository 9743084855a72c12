/** `pipeline start`: starts one run of the deployed state machine and follows it to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent, RunViewer, ViewedRun } from '../../adapters/aws/run-viewer';
import { InvalidInputError } from '../../core/contract/errors';
import type { ExecutionInput } from '../../core/contract/run-input';
import { executionName, parseExecutionInput } from '../../core/webhook/execution-input';
import { jobEnded, jobStarted, NO_PROGRESS, type Progress } from '../../local/runtime/progress';
import type { CommandContext } from '../context';
import { liveLine, type Output, printError, printLine } from '../output/print';
import { reportOf, runListText, viewedRunText } from '../output/viewed-run';
import { type States, type StatesOptions, withStates } from './states-client';

export interface StartOptions extends StatesOptions {
  readonly follow: boolean;
  readonly json: boolean;
}

/** How long between two looks, in ms: Step Functions allows some 5 a second of all callers of an account together. */
const LOOK_EVERY = 2000;

const FIRST_LOOK = 500;

/** Exit code 0 if the run succeeded (or was started, without following it), 1 if not. Throws `InvalidInput` before anything is started. */
export async function start(
  value: unknown,
  options: StartOptions,
  { stdout, stderr }: Pick<CommandContext, 'stdout' | 'stderr'>,
): Promise<number> {
  const input = parseExecutionInput(value);
  return withStates(options, stderr, async (states) => {
    const name = await startRun(input, states);
    if (name === undefined) {
      printError(stderr, {
        name: 'ExecutionAlreadyExists',
        message: 'the same was started this second; look at pipeline status',
      });
      return 1;
    }
    if (!options.follow) {
      printLine(stdout, options.json ? JSON.stringify({ name, status: 'RUNNING' }) : `${name}: started`);
      return 0;
    }
    printLine(stderr, `${name}: started; it goes on if this is ended`);
    const ended = await follow(name, states.viewer, stderr);
    printLine(stdout, options.json ? JSON.stringify(runAsJson(ended)) : viewedRunText(ended));
    return ended.status === 'SUCCEEDED' ? 0 : 1;
  });
}

/** A run for tools: its texts parsed where they are JSON of ours. */
export function runAsJson(run: ViewedRun): object {
  const { input, output: _, ...facts } = run;
  const report = reportOf(run);
  return {
    ...facts,
    ...(input === undefined ? {} : { input: JSON.parse(input) as unknown }),
    ...(report === undefined ? {} : { report }),
  };
}

async function startRun(input: ExecutionInput, { starter }: States): Promise<string | undefined> {
  const name = executionName(input, Date.now());
  return (await starter.start({ name, input })) === 'started' ? name : undefined;
}

/** Looks again and again, shows what changed, and gives the run as it ended. */
async function follow(name: string, viewer: RunViewer, stderr: Output): Promise<ViewedRun> {
  const live = liveLine(stderr);
  let progress = NO_PROGRESS;
  let seen = 0;
  for (let wait = FIRST_LOOK; ; wait = LOOK_EVERY) {
    await sleep(wait);
    const run = await viewer.describe(name);
    const events = await viewer.eventsAfter(name, seen);
    seen = events.at(-1)?.id ?? seen;
    for (const event of events) {
      const next = progressAfter(progress, [event]);
      if (next !== progress) live.update(next);
      progress = next;
    }
    if (run === undefined || run.status === 'RUNNING') continue;
    live.end();
    return run;
  }
}

// `pipeline status`: the last runs of the deployed state machine, or one of them.

export interface StatusOptions extends StatesOptions {
  readonly json: boolean;
}

const RUNS_SHOWN = 20;

/** Exit code 0 whatever became of the runs. Throws `InvalidInput` if there is no such run. */
export async function status(
  run: string | undefined,
  options: StatusOptions,
  { stdout, stderr }: Pick<CommandContext, 'stdout' | 'stderr'>,
): Promise<number> {
  return withStates(options, stderr, async ({ viewer }) => {
    if (run === undefined) {
      const runs = await viewer.recent(RUNS_SHOWN);
      printLine(stdout, options.json ? JSON.stringify(runs) : runListText(runs));
      return 0;
    }
    // An ARN, as the console shows it, ends with the name.
    const name = run.split(':').at(-1) ?? run;
    const found = await viewer.describe(name);
    if (found === undefined) {
      const message = 'is no run of the last 90 days; pipeline status lists the latest';
      throw new InvalidInputError('the run cannot be shown', [{ path: name, message }]);
    }
    const events = found.status === 'RUNNING' ? await viewer.eventsAfter(name, 0) : [];
    const text = options.json
      ? JSON.stringify(runAsJson(found))
      : viewedRunText(found, progressAfter(NO_PROGRESS, events));
    printLine(stdout, text);
    return 0;
  });
}

// How far a run is, by its events.

/** The states of one job are named `<what> (<stage>)`, and have the service in their input. */
const BUILD = /^Build (image|module) \(/;

const NOT_BUILT = /^(Job failed|Failed, cause unknown) \(/;

const WITHIN_BUILDS = /\)$|^In parallel: /;

/** The progress after some more events. */
export function progressAfter(progress: Progress, events: readonly RunEvent[]): Progress {
  return events.reduce(progressAfterOne, progress);
}

function progressAfterOne(before: Progress, { kind, state, type, data }: RunEvent): Progress {
  const service = textAt(data, 'service');
  if (service !== undefined && BUILD.test(state)) {
    if (kind === 'entered') return jobStarted(before, service);
    if (!isFailure(data)) return jobEnded(before, service, true);
    return { ...before, running: before.running.filter((name) => name !== service) };
  }
  if (service !== undefined && NOT_BUILT.test(state) && kind === 'entered') return jobEnded(before, service, false);
  if (kind === 'exited') {
    const total = numberAt(data, 'totals', 'build');
    return total === undefined ? before : { ...before, total };
  }
  const isStep = (type === 'Task' || type === 'Parallel') && !WITHIN_BUILDS.test(state);
  return isStep ? { ...before, phase: state } : before;
}

/** A caught failure leaves the state, too: with the error in its output. */
function isFailure(data: string | undefined): boolean {
  return valueAt(data, 'error') !== undefined;
}

function textAt(data: string | undefined, ...path: readonly string[]): string | undefined {
  const value = valueAt(data, ...path);
  return typeof value === 'string' ? value : undefined;
}

function numberAt(data: string | undefined, ...path: readonly string[]): number | undefined {
  const value = valueAt(data, ...path);
  return typeof value === 'number' ? value : undefined;
}

function valueAt(data: string | undefined, ...path: readonly string[]): unknown {
  if (data === undefined) return undefined;
  return path.reduce<unknown>((at, key) => {
    return typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }, parse(data));
}

/** Step Functions cuts data that is too long, which then is no JSON any more. */
function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
