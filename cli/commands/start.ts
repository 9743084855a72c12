/** `pipeline start` and `pipeline status`: start runs of the state machine, follow them, and list them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { RunEvent, RunViewer, ViewedRun } from '../../adapters/aws/run-viewer';
import { ERROR_NAMES, InvalidInputError, PipelineError } from '../../core/contract/errors';
import type { ExecutionInput } from '../../core/contract/run-input';
import { executionName, parseExecutionInput } from '../../core/webhook/execution-input';
import {
  jobEnded,
  jobStarted,
  jobStopped,
  jobsPlanned,
  NO_PROGRESS,
  type Progress,
  phaseEntered,
  plannedJobs,
  runEnded,
} from '../../local/runtime/progress';
import { awsCaller, localCaller, startedBy } from '../caller';
import { type CommandContext, DEPLOYED, DEPLOYED_REGION, DRY_RUN, EXIT, HOME, JSON_OUT, VERBOSE } from '../context';
import { liveRun } from '../output/live-run';
import { type Output, printJson, printLine } from '../output/print';
import { endedRunText, reportOf, runListText, runningRunText } from '../output/viewed-run';
import { isOutsideError } from '../outside-error';
import { addRunInputs } from '../run-inputs';
import { bucketOption, type FoundReport, type RunStoreOptions, readReport } from '../run-store';
import type { States, StatesOptions } from '../states-client';

interface StartOptions extends StatesOptions, RunStoreOptions {
  readonly dryRun?: boolean;
  readonly follow: boolean;
  readonly json: boolean;
}

interface StatusOptions extends StatesOptions, RunStoreOptions {
  readonly json: boolean;
}

/** The pause between two looks, in ms: Step Functions allows all callers of an account together about 5 a second. */
const LOOK_EVERY = 2000;
const FIRST_LOOK = 500;
const RUNS_SHOWN = 20;

/** Adds a subcommand for each kind of run. */
export function configureStart(group: Command, context: CommandContext): void {
  const common = (command: Command) =>
    withStateMachine(command)
      .option(...DRY_RUN)
      .option(...VERBOSE)
      .option('--no-follow', 'do not wait for its end');
  const start = (input: object, { dryRun, ...options }: StartOptions) =>
    startRun(dryRun === true ? { ...input, dryRun } : input, options, context);
  addRunInputs<StartOptions>({ group, common, start, knowsHead: false });
}

/** Adds options and action of `status`. */
export function configureStatus(command: Command, context: CommandContext): void {
  withStateMachine(command)
    .argument('[run]', "the run's name or ARN; default: the last runs")
    .action((run: string | undefined, options: StatusOptions) => printStatus(run, options, context));
}

function withStateMachine(command: Command): Command {
  return command
    .option(...DEPLOYED)
    .option(...DEPLOYED_REGION)
    .addOption(new Option('--state-machine <arn>', 'without --stack: the state machine').env('PIPELINE_STATE_MACHINE'))
    .option('--endpoint-url <url>', 'its address outside of AWS, such as http://127.0.0.1:8083 (pipeline serve)')
    .addOption(bucketOption())
    .option(HOME[0], 'the folder of a local pipeline; default: what the server at the endpoint serves')
    .option(...JSON_OUT);
}

/** Starts a run and follows it. A failed run gives exit code 1; throws `InvalidInput` before anything is started. */
async function startRun(
  value: unknown,
  options: Omit<StartOptions, 'dryRun'>,
  { stdout, stderr, setExitCode }: CommandContext,
): Promise<void> {
  parseExecutionInput(value);
  const { withStates } = await import('../states-client');
  await withStates(options, async (states) => {
    const input = parseExecutionInput(startedBy(await callerOf(states, stderr), value));
    const name = await startExecution(input, states);
    if (!options.follow) {
      if (options.json) printJson(stdout, { name, status: 'RUNNING' }, 0);
      else printLine(stdout, `${name}: started`);
      return;
    }
    printLine(stderr, `${name}: started; it keeps running if you press Ctrl-C`);
    const ended = await follow(name, states.viewer, stderr);
    const found = await findReport(ended, options);
    if (options.json) printJson(stdout, runAsJson(ended, found), 0);
    else printLine(stdout, endedRunText(ended, found));
    setExitCode(ended.status === 'SUCCEEDED' ? EXIT.done : EXIT.failed);
  });
}

/** Returns who starts the run. A run whose starter is not known is refused only where the settings require to know it. */
async function callerOf({ isLocal, region }: States, stderr: Output): Promise<string | undefined> {
  if (isLocal) return localCaller();
  try {
    return await awsCaller(region);
  } catch (error) {
    if (!isOutsideError(error)) throw error;
    printLine(stderr, `AWS does not say who calls (${error.message}); the run does not record who started it`);
    return undefined;
  }
}

async function startExecution(input: ExecutionInput, { starter }: States): Promise<string> {
  const name = executionName(input, Date.now());
  if ((await starter.start({ name, input })) === 'started') return name;
  throw new PipelineError(
    ERROR_NAMES.runFailed,
    `the same run was started this second; see npx pipeline status ${name}`,
  );
}

/** Prints progress until the run has ended. An error in between says that the run goes on. */
async function follow(name: string, viewer: RunViewer, stderr: Output): Promise<ViewedRun> {
  const live = liveRun(stderr);
  let progress = NO_PROGRESS;
  let seen = 0;
  try {
    for (let wait = FIRST_LOOK; ; wait = LOOK_EVERY) {
      await sleep(wait);
      const run = await viewer.describe(name);
      const events = await viewer.eventsAfter(name, seen);
      seen = events.at(-1)?.id ?? seen;
      for (const event of events) {
        const next = progressAfter(progress, event);
        if (next !== progress) live.update(next);
        progress = next;
      }
      if (run !== undefined && run.status !== 'RUNNING') {
        live.update(runEnded(progress, run.stoppedAt ?? Date.now()));
        return run;
      }
    }
  } catch (error) {
    if (!isOutsideError(error)) throw error;
    const message = `${name} was started and cannot be followed (${error.message}); see npx pipeline status ${name}`;
    throw new PipelineError(ERROR_NAMES.runFailed, message, { cause: error });
  } finally {
    live.end();
  }
}

/** Prints the last runs, or one of them. Throws `InvalidInput` if there is no such run. */
async function printStatus(run: string | undefined, options: StatusOptions, { stdout }: CommandContext): Promise<void> {
  const { withStates } = await import('../states-client');
  await withStates(options, async ({ viewer }) => {
    if (run === undefined) {
      const runs = await viewer.recent(RUNS_SHOWN);
      if (options.json) printJson(stdout, runs, 0);
      else printLine(stdout, runListText(runs));
      return;
    }
    // An ARN, as the console shows it, ends with the name.
    const name = run.split(':').at(-1) ?? run;
    const found = await viewer.describe(name);
    if (found === undefined) {
      const message = 'is not a run of the last 90 days; pipeline status lists the latest';
      throw new InvalidInputError('the run cannot be shown', [{ path: name, message }]);
    }
    const report = found.status === 'RUNNING' ? undefined : await findReport(found, options);
    if (options.json) printJson(stdout, runAsJson(found, report), 0);
    else if (report !== undefined) printLine(stdout, endedRunText(found, report));
    else
      printLine(stdout, runningRunText(found, (await viewer.eventsAfter(name, 0)).reduce(progressAfter, NO_PROGRESS)));
  });
}

/** Returns the report of a run that ended: its output if it succeeded, otherwise the stored one. */
async function findReport(run: ViewedRun, options: RunStoreOptions & StatesOptions): Promise<FoundReport> {
  const report = reportOf(run);
  return report === undefined ? readReport(run, options) : { report };
}

/** Returns a run for tools, with input and report parsed. */
function runAsJson(run: ViewedRun, found: FoundReport | undefined): object {
  const { input, output: _, ...facts } = run;
  return {
    ...facts,
    ...(input === undefined ? {} : { input: JSON.parse(input) as unknown }),
    ...found,
  };
}

/** The states of one job are named `<what> (<stage>)`, and have the service in their input. */
const BUILD = /^Build (image|module) \(/;

const BUILD_TOGETHER = /^Build images together \(/;

/** The state that finds an image which was built together with others. */
const BUILT_TOGETHER = /^Store manifests \(.*, shared\)$/;

const NOT_BUILT = /^(Job failed|Failed, cause unknown) \(/;

const WITHIN_BUILDS = /\)$|^In parallel: /;

/** Returns the progress after one more event. */
function progressAfter(before: Progress, { kind, state, type, data, at }: RunEvent): Progress {
  const facts = parseFacts(data);
  const { service, error, missing, images = [], totals } = facts;
  if (service !== undefined && BUILD.test(state)) {
    if (kind === 'entered') return jobStarted(before, service, at);
    // A caught failure leaves the state, too: with the error in its output.
    return error === undefined ? jobEnded(before, service, true, at) : jobStopped(before, service);
  }
  if (BUILD_TOGETHER.test(state)) {
    if (kind !== 'entered') return before;
    return images.reduce((progress, each) => jobStarted(progress, each.service, at), before);
  }
  if (service !== undefined && BUILT_TOGETHER.test(state) && kind === 'exited') {
    return missing === undefined ? jobEnded(before, service, true, at) : jobStopped(before, service);
  }
  if (service !== undefined && NOT_BUILT.test(state) && kind === 'entered') return jobEnded(before, service, false, at);
  if (kind === 'exited') {
    const total = totals?.build;
    return total === undefined || before.total > 0 ? before : jobsPlanned(before, plannedJobs(facts), total);
  }
  const isStep = (type === 'Task' || type === 'Parallel' || type === 'Wait') && !WITHIN_BUILDS.test(state);
  return isStep ? phaseEntered(before, state, at) : before;
}

/** The part of a state's input or output that tells about jobs. */
type EventFacts = Parameters<typeof plannedJobs>[0] & {
  readonly service?: string;
  readonly error?: unknown;
  readonly missing?: unknown;
  readonly images?: readonly { readonly service: string }[];
  readonly totals?: { readonly build?: number };
};

/** Returns nothing for data that is too long: Step Functions cuts it, and then it is no JSON any more. */
function parseFacts(data = '{}'): EventFacts {
  try {
    return Object(JSON.parse(data)) as EventFacts;
  } catch {
    return {};
  }
}
