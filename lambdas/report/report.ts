/** The report step: tells once, truthfully, how a run ended; as JSON for tools and as Markdown for people. */
import type { ReportRequest, RunReport } from '../../core/contract';
import { objectKeys } from '../../core/keys';
import { runReport } from '../../core/plan/run-report';
import { printSummary } from '../../core/plan/summary';
import type { Clock, ObjectStore } from '../../core/ports';

export interface ReportDependencies {
  readonly store: ObjectStore;
  readonly clock: Clock;
}

/** Stores report and summary of a run and returns the report, which is the execution's output. */
export async function reportStep(request: ReportRequest, { store, clock }: ReportDependencies): Promise<RunReport> {
  const stored = await store.get(objectKeys.plan(request.run));
  const plan = stored === undefined ? undefined : JSON.parse(stored.toString('utf8'));
  const seconds = Math.max(0, clock.now() - Date.parse(request.startedAt)) / 1000;
  const report = runReport({ run: request.run, seconds, state: request.state, plan });
  await store.put(objectKeys.summary(request.run), printSummary(report, plan));
  await store.put(objectKeys.report(request.run), JSON.stringify(report));
  return report;
}
