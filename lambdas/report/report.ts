/** The report step: tells once, truthfully, how a run ended: as JSON for tools, as Markdown for people, as a status at the commit. */
import pLimit from 'p-limit';
import {
  type BuildOutcome,
  type BuiltCandidate,
  moduleOutcomeName,
  type PublishResult,
  type StoredFailure,
} from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedService } from '../../core/contract/plan';
import type { CommitResult, MadeTag, Proposal, ReleaseRecord } from '../../core/contract/release';
import type { ExecutionEnded, ReportRequest, RunReport } from '../../core/contract/report';
import type { RolloutRecord } from '../../core/contract/rollout';
import type { ScanRecord } from '../../core/contract/scan/scan';
import type { StatusWriter } from '../../core/ports/git';
import type { ObjectStore } from '../../core/ports/store';
import { readRunState, runReport } from '../../core/report/run-report';
import { executionLink, objectLink, UNREPORTED_ENDS } from '../../core/report/run-text';
import { finalStatus } from '../../core/report/status';
import { printSummary } from '../../core/report/summary';
import { commitPages } from '../../core/settings/git-pages';
import type { OptionalRecord } from '../../core/settings/rollout-rules';
import type { Settings } from '../../core/settings/schema';
import { parseJson } from '../../core/text/json';
import { announce } from '../shared/announce';
import { explainFailures, outcomeOf, readIfStored } from '../shared/stored';
import { recordTimes, type TimedJobs, timeJobs } from './job-times';
import { type PageDependencies, storePage } from './page';

/** Failed jobs in the report that the step returns. The stored one has all. */
const MAX_RETURNED = 100;

export interface ReportDependencies extends PageDependencies {
  /** Those of the monorepo. */
  readonly statuses: StatusWriter;
  /** The repositories that the report links to. */
  readonly repositories?: Pick<Settings, 'git' | 'valuesRepository'>;
  /** The AWS region whose prices the cost uses. */
  readonly region: string;
  /** Those that may be read. Default: none. */
  readonly records?: readonly OptionalRecord[];
  /** False if the builder runs no tests. */
  readonly runsTests?: boolean;
}

/**
 * Stores report, summary and page of a run and returns the report. The commit status comes after them, because it leads to them. If it cannot
 * be written, the report says so.
 */
export async function reportStep(request: ReportRequest, dependencies: ReportDependencies): Promise<RunReport> {
  const { store, statuses } = dependencies;
  const { run, execution = '' } = request;
  const plan = await readIfStored<Plan>(store, objectKeys.plan(run));
  const { report: ended, timed } = await gatherReport(request, plan, dependencies);
  const place = (key: string) => objectLink(execution, store.location(key)) ?? store.location(key);
  const places = { summary: place(objectKeys.summary(run)), page: place(objectKeys.page(run)) };
  const report: RunReport = { ...ended, ...commitPages(dependencies.repositories, ended), ...places };
  const print = (told: RunReport) => printSummary(told, plan, executionLink(execution));
  await storePage(report, execution, timed, dependencies);
  await storeReport(report, print(report), store);
  if (plan !== undefined) await recordTimes(plan, dependencies.clock.now(), timed, store);
  const statusProblem = await announce(statuses, finalStatus(report, execution, print(report)));
  if (statusProblem === undefined) return returned(report);
  const noted = { ...report, statusProblem };
  await storeReport(noted, print(noted), store);
  return returned(noted);
}

/** Returns the report of a run from what its steps stored, and stores nothing. */
export async function makeReport(
  request: ReportRequest,
  plan: Plan | undefined,
  dependencies: Omit<ReportDependencies, 'statuses'>,
): Promise<RunReport> {
  return (await gatherReport(request, plan, dependencies)).report;
}

async function gatherReport(
  { run, redrives = 0, startedAt, state }: ReportRequest,
  plan: Plan | undefined,
  { store, clock, region, records = [], runsTests = true }: Omit<ReportDependencies, 'statuses'>,
): Promise<{ readonly report: RunReport; readonly timed: TimedJobs }> {
  const optional = async <Stored>(name: OptionalRecord) =>
    records.includes(name) ? readIfStored<Stored>(store, objectKeys[name](run)) : undefined;
  const seconds = Math.max(0, clock.now() - Date.parse(startedAt)) / 1000;
  const known = readRunState(state);
  const [outcomes, record, committed, tag, proposal, scanned, rollout] = await Promise.all([
    known.builds === undefined ? storedOutcomes(plan, redrives, store) : explainFailures(run, known.builds, store),
    readIfStored<ReleaseRecord>(store, objectKeys.release(run)),
    readIfStored<CommitResult>(store, objectKeys.commit(run)),
    optional<MadeTag>('tag'),
    optional<Proposal>('proposal'),
    optional<ScanRecord>('scan'),
    optional<RolloutRecord>('rollout'),
  ]);
  const { moved = committed } = known;
  const isReleased = record !== undefined;
  const tagged = isReleased ? [] : await taggedServices(plan, store);
  const ended = moved === undefined ? known : { ...known, moved };
  const isOfThisRun = rollout?.redrives === redrives || hasRollout(state);
  const versions = new Map(record?.services.map(({ name, version }) => [name, version]));
  const scan = scanned?.redrives === redrives ? scanned.report : undefined;
  const timed = await timeJobs({ plan, outcomes, redrives }, store);
  const report = runReport({
    run,
    redrives,
    startedAt,
    seconds,
    state: ended,
    plan,
    outcomes,
    isReleased,
    tagged,
    versions,
    approval: record?.approval,
    tag,
    pull: proposal?.pull,
    runsTests,
    rollout: isOfThisRun ? rollout?.report : undefined,
    region,
  });
  const added = {
    ...(scan === undefined ? {} : { scan }),
    ...(timed.timing === undefined ? {} : { timing: timed.timing }),
  };
  return { report: { ...report, ...added }, timed };
}

/** True if the run was deployed since its last plan. A redrive goes on in the middle of a rollout, whose record is of the attempt before. */
function hasRollout(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'rollout' in state;
}

/** Drops what does not fit into the result of a state: lists of services, findings, and failures and services not converged beyond `MAX_RETURNED`. */
function returned({ services: _, tagged: __, scan: ___, rollout, ...report }: RunReport): RunReport {
  const failed = report.failed.slice(0, MAX_RETURNED);
  if (rollout === undefined) return { ...report, failed };
  const services = rollout.services.filter(({ state }) => state !== 'converged').slice(0, MAX_RETURNED);
  return { ...report, failed, rollout: { ...rollout, services } };
}

async function storeReport(report: RunReport, summary: string, store: ObjectStore): Promise<void> {
  await store.put(objectKeys.summary(report.run), summary);
  await store.put(objectKeys.report(report.run), JSON.stringify(report));
}

/** Objects read at a time. */
const READS_AT_ONCE = 16;

/**
 * Returns the outcomes that the steps after each job stored. A run that was stopped, timed out or failed among its builds has no others.
 * Failures of earlier attempts are left out.
 */
async function storedOutcomes(plan: Plan | undefined, redrives: number, store: ObjectStore): Promise<BuildOutcome[]> {
  if (plan === undefined) return [];
  const limit = pLimit(READS_AT_ONCE);
  const { run, services, modules = [] } = plan;
  const images = services.filter(({ action }) => action === 'build');
  const published = modules.filter(({ action }) => action === 'publish');
  const jobs = [
    ...images.map((image) => ({ job: image.name, success: () => builtImage(run, image, store) })),
    ...published.map(({ name }) => ({
      job: moduleOutcomeName(name),
      success: () => publishedModule(run, name, store),
    })),
  ];
  const found = await Promise.all(
    jobs.map(({ job, success }) => limit(async () => (await success()) ?? failure(run, job, redrives, store))),
  );
  return found.filter((outcome) => outcome !== undefined);
}

/** Returns the services whose images got their version in a release that broke off. */
async function taggedServices(plan: Plan | undefined, store: ObjectStore): Promise<string[]> {
  if (plan === undefined || plan.dryRun) return [];
  const limit = pLimit(READS_AT_ONCE);
  const names = plan.services.filter(({ action }) => action !== 'keep').map(({ name }) => name);
  const areTagged = await Promise.all(
    names.map((name) => limit(() => store.exists(objectKeys.tagged(plan.run, name)))),
  );
  return names.filter((_, index) => areTagged[index]);
}

async function builtImage(
  run: string,
  { name, origin }: PlannedService,
  store: ObjectStore,
): Promise<BuildOutcome | undefined> {
  if (origin.kind !== 'candidate') return undefined;
  const built = await readIfStored<BuiltCandidate>(store, objectKeys.candidate(origin.tag));
  return built?.run === run ? { service: name, status: 'SUCCEEDED' } : undefined;
}

async function publishedModule(run: string, name: string, store: ObjectStore): Promise<BuildOutcome | undefined> {
  const published = await readIfStored<PublishResult>(store, objectKeys.published(run, name));
  if (published === undefined) return undefined;
  return { service: moduleOutcomeName(name), status: 'SUCCEEDED', version: published.version };
}

async function failure(
  run: string,
  service: string,
  redrives: number,
  store: ObjectStore,
): Promise<BuildOutcome | undefined> {
  const stored = await readIfStored<StoredFailure>(store, objectKeys.failure(run, service));
  if (stored === undefined || stored.redrives !== redrives) return undefined;
  // A machine's first fault is not the end of the job.
  return stored.status === 'FAULT' && stored.attempt === 1 ? undefined : outcomeOf(stored);
}

/** The ARN of a job of a Distributed Map (`...:execution:<state machine>/<stage>:<name>`), which its run reports. */
const JOB_EXECUTION = /:execution:[^:/]+\/[^:]+:/;

/**
 * Returns the report request for an execution that ended, or undefined if its own states have reported it. The stored report tells which
 * attempt it is about, because events can come twice and a run can be redriven.
 */
export async function unreported(
  { detail }: ExecutionEnded,
  store: Pick<ObjectStore, 'get'>,
): Promise<ReportRequest | undefined> {
  const { name: run, executionArn, status, error, cause, redriveCount: redrives = 0 } = detail;
  if (JOB_EXECUTION.test(executionArn)) return undefined;
  const report = await readIfStored<RunReport>(store, objectKeys.report(run));
  if (report !== undefined && (report.redrives ?? 0) >= redrives) return undefined;
  const end = UNREPORTED_ENDS[status];
  return {
    run,
    execution: executionArn,
    startedAt: new Date(detail.startDate).toISOString(),
    redrives,
    // EventBridge leaves out a very long input.
    state: {
      input: parseJson(detail.input ?? 'null'),
      error: { Error: error ?? end.name, Cause: cause ?? end.message },
    },
  };
}
