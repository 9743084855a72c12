/** The report step: tells once, truthfully, how a run ended; as JSON for tools and as Markdown for people. */

import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import type { ReportRequest, RunReport } from '../../core/contract/report';
import type { StatusWriter } from '../../core/ports/git';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { runReport } from '../../core/report/run-report';
import { executionLink, finalStatus, objectLink } from '../../core/report/status';
import { printSummary } from '../../core/report/summary';
import { announce } from '../shared/announce';
import { explainFailures } from '../shared/explain-failures';

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
  const place = store.location(objectKeys.summary(run));
  const report: RunReport = {
    ...made,
    failed: await explainFailures(run, made.failed, store),
    summary: objectLink(execution ?? '', place) ?? place,
  };
  const print = (told: RunReport) => printSummary(told, plan, executionLink(execution ?? ''));
  await storeReport(report, print(report), store);
  const status = finalStatus({ report, state, execution, summary: print(report) });
  const statusProblem = await announce(statuses, status);
  if (statusProblem === undefined) return returned(report);
  const noted = { ...report, statusProblem };
  await storeReport(noted, print(noted), store);
  return returned(noted);
}

/** What Step Functions takes as a result: 1,000 failures, each with its cause, would be too much. */
function returned(report: RunReport): RunReport {
  return { ...report, failed: report.failed.slice(0, MOST_RETURNED) };
}

async function storeReport(report: RunReport, summary: string, store: ObjectStore): Promise<void> {
  await store.put(objectKeys.summary(report.run), summary);
  await store.put(objectKeys.report(report.run), JSON.stringify(report));
}
