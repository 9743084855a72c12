/** `pipeline start`: starts one run of the deployed state machine and follows it to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunViewer, ViewedRun } from '../adapters/aws/run-viewer';
import type { ExecutionInput } from '../core/run-input';
import { parseExecutionInput } from '../core/trigger/execution-input';
import { executionName } from '../core/trigger/execution-name';
import type { CommandSurroundings } from './planner-commands';
import { liveLine, type Output, printError, printLine } from './print';
import { reportOf, viewedRunText } from './print-viewed-run';
import { NOTHING_YET, progressAfter } from './run-progress';
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
  { stdout, stderr }: Pick<CommandSurroundings, 'stdout' | 'stderr'>,
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
  let progress = NOTHING_YET;
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
