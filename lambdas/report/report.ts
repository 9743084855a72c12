/** The report step: tells once, truthfully, how a run ended; as JSON for tools and as Markdown for people. */
import type { Plan, ReportRequest, RunReport } from '../../core/contract';
import { objectKeys } from '../../core/keys';
import { runReport } from '../../core/plan/run-report';
import { finalStatus } from '../../core/plan/run-status';
import { printSummary } from '../../core/plan/summary';
import type { Clock, ObjectStore, StatusWriter } from '../../core/ports';
import { announce } from '../announce';
import { explainFailures } from '../explain-failures';

/** Failed jobs in the report that the step returns; the stored one has all. */
const MOST_RETURNED = 100;

export interface ReportDependencies {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly statuses: StatusWriter;
  /** The AWS region whose prices the cost takes. */
  readonly region: string;
}

/**
 * Stores report and summary of a run and returns the report, which is the execution's output. The commit's status comes after them:
 * what it leads to is there. If it cannot be written, the report says so.
 */
export async function reportStep(request: ReportRequest, dependencies: ReportDependencies): Promise<RunReport> {
  const { store, clock, statuses, region } = dependencies;
  const { run, state, execution } = request;
  const stored = await store.get(objectKeys.plan(run));
  const plan: Plan | undefined = stored === undefined ? undefined : JSON.parse(stored.toString('utf8'));
  const seconds = Math.max(0, clock.now() - Date.parse(request.startedAt)) / 1000;
  const made = runReport({ run, redrives: request.redrives, seconds, state, plan, region });
  const report = { ...made, failed: await explainFailures(run, made.failed, store) };
  await storeReport(report, plan, store);
  const statusProblem = await announce(statuses, finalStatus({ report, state, execution }));
  if (statusProblem === undefined) return returned(report);
  const noted = { ...report, statusProblem };
  await storeReport(noted, plan, store);
  return returned(noted);
}

/** What Step Functions takes as a result: 1,000 failures, each with its cause, would be too much. */
function returned(report: RunReport): RunReport {
  return { ...report, failed: report.failed.slice(0, MOST_RETURNED) };
}

async function storeReport(report: RunReport, plan: Plan | undefined, store: ObjectStore): Promise<void> {
  await store.put(objectKeys.summary(report.run), printSummary(report, plan));
  await store.put(objectKeys.report(report.run), JSON.stringify(report));
}
