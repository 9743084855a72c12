/**
 * The parts of a run that AWS and the git host do in an account, on one machine. They wait for approvals, report the end of a run that could
 * not report it, and store times and commit statuses.
 */
import { type RunMoment, recordTimeline } from '../../core/board/timeline';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import type { Approval, ApprovalAnswer, ApprovalRequest } from '../../core/contract/release';
import type { ReportRequest, RunReport } from '../../core/contract/report';
import type { StatusWriter } from '../../core/ports/git';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { approvalOutput, rejectionText } from '../../core/report/approval';
import { readRunState, runReport } from '../../core/report/run-report';
import { makeReport, unreported } from '../../lambdas/report/report';
import { readIfStored } from '../../lambdas/shared/stored';
import type { LocalCodeBuildOptions } from '../build/local-code-build';
import type { ProgressFollower } from './progress';
import type { ExecutionResult, StateEvent } from './state-machine';

/** The time between two reads of the store, in ms. */
const POLL_EVERY = 300;

/** Waits for the answer. Throws `NotApproved` if it is no, and `States.Timeout` as the state machine does if there is none in time. */
export async function waitForAnswer(
  { run, redrives = 0, seconds }: Pick<ApprovalRequest, 'run' | 'redrives' | 'seconds'>,
  { store, clock }: { readonly store: Pick<ObjectStore, 'get'>; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<object> {
  const until = clock.now() + seconds * 1000;
  while (clock.now() < until && signal?.aborted !== true) {
    const answer = await readIfStored<ApprovalAnswer>(store, objectKeys.answer(run));
    // The answer of an earlier attempt stays stored.
    if (answer !== undefined && (answer.redrives ?? 0) >= redrives) return settle(answer);
    await clock.sleep(POLL_EVERY);
  }
  throw Object.assign(new Error(`there was no answer within ${seconds} s`), { name: 'States.Timeout' });
}

/** Returns the output of the waiting state, as an answer in AWS has it. */
function settle({ approved, ...answer }: ApprovalAnswer): object {
  if (approved) return approvalOutput(answer);
  throw new PipelineError(ERROR_NAMES.notApproved, rejectionText(answer));
}

/** Returns the question of the run if it still waits. Answers and reports of earlier attempts do not count. */
export async function openApproval(
  run: string,
  store: Pick<ObjectStore, 'get'>,
  now: number,
): Promise<Approval | undefined> {
  const approval = await readIfStored<Approval>(store, objectKeys.approval(run));
  if (approval === undefined || Date.parse(approval.until) < now) return undefined;
  const { redrives = 0 } = approval;
  const ends = await Promise.all([
    readIfStored<ApprovalAnswer>(store, objectKeys.answer(run)),
    readIfStored<RunReport>(store, objectKeys.report(run)),
  ]);
  return ends.some((end) => end !== undefined && (end.redrives ?? 0) >= redrives) ? undefined : approval;
}

/** Stores the answer to an open question, which the waiting run finds. */
export async function storeAnswer(
  { run, redrives = 0 }: Approval,
  answer: ApprovalAnswer,
  store: Pick<ObjectStore, 'put'>,
): Promise<void> {
  await store.put(objectKeys.answer(run), JSON.stringify({ ...answer, redrives }));
}

/** An execution that ended on this machine. `startedAt` is in ms since 1970. */
interface LocalEnd {
  readonly run: string;
  readonly input: unknown;
  readonly startedAt: number;
  readonly redrives: number;
  readonly result: ExecutionResult;
}

/** Reports the run if it did not succeed and is not reported yet. Never throws. */
export async function reportEnd(
  { run, input, startedAt, redrives, result }: LocalEnd,
  store: ObjectStore,
  report: (request: ReportRequest) => Promise<unknown>,
): Promise<void> {
  if (result.status === 'SUCCEEDED') return;
  const { status, error, cause } = result;
  const detail = {
    executionArn: `local:${run}`,
    name: run,
    status,
    error,
    cause,
    startDate: startedAt,
    redriveCount: redrives,
  };
  try {
    const request = await unreported({ detail: { ...detail, input: JSON.stringify(input) } }, store);
    if (request !== undefined) await report(request);
  } catch {
    // The store cannot be used. The run failed for that reason, and its error says so.
  }
}

/**
 * Returns plan and report of a run that ended. If it could not store its report, the report is made again from what its steps stored, and from
 * the end of the execution alone if that cannot be read.
 */
export async function endedRun(
  { state, ...request }: ReportRequest,
  result: ExecutionResult,
  reporting: Parameters<typeof makeReport>[2],
): Promise<{ readonly report: RunReport; readonly plan: Plan | undefined }> {
  const { store, clock, region } = reporting;
  const { run, startedAt } = request;
  const plan = await readIfStored<Plan>(store, objectKeys.plan(run)).catch(() => undefined);
  const stored = await readIfStored<RunReport>(store, objectKeys.report(run)).catch(() => undefined);
  if (stored !== undefined) return { report: stored, plan };
  const error = result.status === 'SUCCEEDED' ? {} : { error: { Error: result.error, Cause: result.cause } };
  const ended = { ...(state as object), ...error };
  const seconds = (clock.now() - Date.parse(startedAt)) / 1000;
  const unread = () =>
    runReport({ run, seconds, state: readRunState(ended), plan, outcomes: [], isReleased: false, region });
  return { report: await makeReport({ ...request, state: ended }, plan, reporting).catch(unread), plan };
}

/** Returns a writer that stores the last status of each commit as JSON under `objectKeys.status(commit)`. */
export function createStoredStatuses(store: Pick<ObjectStore, 'put'>): StatusWriter {
  return {
    // The summary is stored beside the report of the run.
    setStatus: ({ summary: _, ...status }) =>
      store.put(objectKeys.status(status.commit), `${JSON.stringify(status, null, 2)}\n`),
  };
}

/** Records when steps and jobs of a run begin and end. */
export interface StoredTimeline {
  add(moment: RunMoment): void;
  /** Writes what is recorded so far. Never throws: a run does not fail because of its times. */
  flush(): Promise<void>;
}

/** The pause between two writes, in ms: the board shows a change within a second. */
const WRITE_EVERY = 300;

/** Starts the timeline of a run. `startedAt` is in ms since 1970. */
export function createStoredTimeline(run: string, startedAt: number, store: Pick<ObjectStore, 'put'>): StoredTimeline {
  const recorder = recordTimeline(run, startedAt);
  let waiting: NodeJS.Timeout | undefined;
  let last: Promise<void> = Promise.resolve();

  function write(): Promise<void> {
    clearTimeout(waiting);
    waiting = undefined;
    const body = JSON.stringify(recorder.timeline());
    last = last.then(() => store.put(objectKeys.timeline(run), body)).catch(() => undefined);
    return last;
  }

  return {
    add: (moment) => {
      if (recorder.add(moment)) waiting ??= setTimeout(write, WRITE_EVERY).unref();
    },
    flush: write,
  };
}

/** Returns the callbacks of builds, which pass the start and end of each on to progress and timeline. `now` returns ms since 1970. */
export function followBuilds(
  progress: ProgressFollower,
  timeline: StoredTimeline,
  now: () => number,
): Required<Pick<LocalCodeBuildOptions, 'onStart' | 'onEnd'>> {
  return {
    onStart: (job) => {
      progress.started(job);
      timeline.add({ kind: 'building', job, at: now() });
    },
    onEnd: (job, succeeded) => {
      progress.finished(job, succeeded);
      timeline.add({ kind: 'ended', job, at: now(), isFailed: !succeeded });
    },
  };
}

/** Returns what an event of the interpreter means for the timeline, or undefined. */
export function runMoment(
  { type, state, timestamp }: StateEvent,
  topLevel: ReadonlySet<string>,
): RunMoment | undefined {
  if (state === undefined || !/^State(Entered|Exited|Failed)$/.test(type)) return undefined;
  const [kind, data] =
    type === 'StateEntered' ? (['entered', state.input] as const) : (['left', state.output] as const);
  return { kind, state: state.name, isTop: topLevel.has(state.name), at: timestamp, data };
}
