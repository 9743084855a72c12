/** One line about a run, for lists: what it was, how it ended, what it cost. Made from its records, whatever of them exists. */
import type { Plan } from '../contract/plan';
import type { Approval, ApprovalAnswer, Proposal, Pull, ReleaseRecord } from '../contract/release';
import type { RunCounts, RunReport, RunTimeline } from '../contract/report';
import { endText, runTitle } from '../report/run-text';
import { present } from '../text/present';

/** `waiting`: for an approval. `unknown`: it has no report, and nothing tells that it still runs. */
export const RUN_STATES = ['running', 'waiting', 'succeeded', 'planned', 'failed', 'unknown'] as const;

export type RunState = (typeof RUN_STATES)[number];

export interface RunHeader {
  readonly run: string;
  readonly state: RunState;
  /** The state in words: `succeeded`, `was not approved`. */
  readonly end: string;
  /** Action, version and environment. */
  readonly title: string;
  readonly action: string;
  readonly branch?: string;
  readonly environment?: string;
  readonly version?: string;
  /** Who started the run, if a person did. */
  readonly person?: string;
  /** The commit that the run was planned at. */
  readonly source?: string;
  /** The pull request that brings the commit, as soon as it is open. */
  readonly pull?: Pull;
  /** In ms since 1970. */
  readonly startedAt?: number;
  readonly seconds?: number;
  readonly result: string;
  readonly counts?: RunCounts;
  readonly minutes: number;
  readonly cost: number | null;
  /** The services that the run built or tagged, or wanted to. */
  readonly services: readonly string[];
  /** The services that the run built or failed to build. */
  readonly builds: readonly string[];
}

/** What is stored about a run. Damaged records are absent. */
export interface RunRecords {
  readonly run: string;
  readonly plan?: Plan;
  readonly report?: RunReport;
  readonly release?: ReleaseRecord;
  readonly proposal?: Pick<Proposal, 'pull'>;
  readonly approval?: Approval;
  readonly answer?: ApprovalAnswer;
  readonly timeline?: RunTimeline;
  /** The state by Step Functions or by the server of a home, if it is known. */
  readonly execution?: ExecutionFacts;
  /** One sentence for each record that cannot be read. */
  readonly problems: readonly string[];
}

/** Facts of the execution. `arn` is absent on one machine. Times are in ms since 1970. */
export interface ExecutionFacts {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly arn?: string;
  readonly input?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** A run without a report whose timeline has not changed for so long, in ms, has probably died. */
const QUIET = 120_000;

/** Returns the header. `changedAt` is when the timeline was last written; both times are in ms since 1970. */
export function runHeader(records: RunRecords, now: number, changedAt = 0): RunHeader {
  const { run, plan, report, proposal } = records;
  const state = stateOf(records, now, changedAt);
  const startedAt = startOf(records);
  const seconds = report?.seconds ?? secondsOf(startedAt, records, now, state);
  const planned = plan?.services.filter(({ action }) => action !== 'keep').map(({ name }) => name);
  const ends = report?.services;
  const version = report?.version ?? plan?.platformVersion ?? plan?.rollbackTo;
  const branch = (report?.ref ?? plan?.ref)?.replace(/^refs\/heads\//, '');
  const environment = report?.environment ?? plan?.environment;
  const source = report?.source ?? plan?.commit;
  const person = report?.startedBy ?? plan?.startedBy;
  const pull = report?.pull ?? proposal?.pull;
  const action = report?.action ?? plan?.action ?? actionInName(run);
  return {
    run,
    state,
    end: endOf(state, records),
    title: titleOf(report, action, version, branch),
    action,
    ...present({ branch, environment, version, person, source, pull, startedAt, seconds }),
    result: report?.result ?? (plan === undefined ? 'no plan yet' : plannedText(plan)),
    ...present({ counts: report?.counts }),
    minutes: report?.work.minutes ?? 0,
    cost: report === undefined ? 0 : report.work.cost,
    services: ends?.filter(({ end }) => end !== 'kept').map(({ name }) => name) ?? planned ?? [],
    builds: ends?.filter(({ end }) => end === 'built' || end === 'failed').map(({ name }) => name) ?? [],
  };
}

/** Returns action, version and environment. A push has no version of its own, so it is named after its branch. */
function titleOf(
  report: RunReport | undefined,
  action: string,
  version: string | undefined,
  branch: string | undefined,
): string {
  if (action === 'push' && version === undefined && branch !== undefined) return `push to ${branch}`;
  if (report !== undefined) return runTitle(report);
  return [action, version].filter((part) => part !== undefined).join(' ');
}

function stateOf({ report, approval, answer, execution }: RunRecords, now: number, changedAt: number): RunState {
  if (report !== undefined && execution?.status !== 'RUNNING') {
    return { SUCCEEDED: 'succeeded', PLANNED: 'planned', FAILED: 'failed' }[report.status] as RunState;
  }
  const isEnded = execution !== undefined && execution.status !== 'RUNNING';
  const isOpen = approval !== undefined && answer === undefined && Date.parse(approval.until) > now;
  if (isOpen && !isEnded && report === undefined) return 'waiting';
  if (execution?.status === 'RUNNING') return 'running';
  if (isEnded) return execution.status === 'SUCCEEDED' ? 'succeeded' : 'failed';
  return now - changedAt < QUIET ? 'running' : 'unknown';
}

function endOf(state: RunState, { report, execution }: RunRecords): string {
  if (state === 'waiting') return 'waits for approval';
  if (state === 'unknown') return 'no end recorded';
  if (state === 'running') return 'running';
  if (report !== undefined) return endText(report);
  return execution?.status === 'ABORTED' ? 'was stopped' : state;
}

function startOf({ report, timeline, execution, run }: RunRecords): number | undefined {
  const reported = report?.startedAt === undefined ? undefined : Date.parse(report.startedAt);
  const known = timeline?.startedAt ?? reported ?? execution?.startedAt ?? timeInName(run);
  return known === undefined || Number.isNaN(known) ? undefined : known;
}

function secondsOf(
  start: number | undefined,
  { timeline, execution }: RunRecords,
  now: number,
  state: RunState,
): number | undefined {
  const end = execution?.stoppedAt ?? timeline?.endedAt;
  if (start === undefined) return undefined;
  if (end !== undefined) return Math.max(0, end - start) / 1000;
  return state === 'running' || state === 'waiting' ? Math.max(0, now - start) / 1000 : undefined;
}

/** Names of runs that a person starts end with the time: `release-v1-4-0-20261123T210501042`. */
export function timeInName(run: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\d{0,3}$/.exec(run) ?? [];
  if (year === undefined) return undefined;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function actionInName(run: string): string {
  return /^(push|release|build|promote|rollback)\b/.exec(run)?.[1] ?? 'run';
}

function plannedText({ totals: { build, retag, keep } }: Plan): string {
  return `to build ${build}, to retag ${retag}, to keep ${keep}`;
}
