/** The page of a run, and the times of its jobs that it shows. */
import { runFile } from '../../core/board/pages/run';
import { runView } from '../../core/board/run-view';
import { readRunRecords } from '../../core/board/stored-records';
import { timelineOfJobs } from '../../core/board/timeline';
import { messageOf } from '../../core/contract/errors';
import type { BuildOutcome } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { RunReport } from '../../core/contract/report';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { executionLink } from '../../core/report/run-text';
import { logLine } from '../shared/log';
import { readText } from '../shared/stored';
import type { TimedJobs } from './job-times';

export interface PageDependencies {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Logs and times on one machine. In AWS, the page links to the logs, and each build tells its times. */
  readonly onThisMachine?: {
    /** Returns the end of a job's log, or undefined. */
    readLog(outcome: BuildOutcome): Promise<string | undefined>;
    /** Returns the run's `RunTimeline` as JSON, or undefined. */
    readTimeline(run: string): Promise<string | undefined>;
  };
}

/** Failed jobs whose logs the page has. */
const MAX_LOGS = 8;

/** Stores the page of a run, in AWS also the times of its jobs. A page that cannot be made never hides the report. */
export async function storePage(
  report: RunReport,
  execution: string,
  timed: TimedJobs,
  { store, clock, onThisMachine }: PageDependencies,
): Promise<void> {
  const { run } = report;
  try {
    const [plan, release, timeline] = await Promise.all([
      readText(store, objectKeys.plan(run)),
      readText(store, objectKeys.release(run)),
      onThisMachine === undefined ? storeTimeline(report, timed, { store, clock }) : onThisMachine.readTimeline(run),
    ]);
    const logs = await Promise.all(
      report.failed
        .slice(0, MAX_LOGS)
        .map(async (outcome) => [outcome.service, await onThisMachine?.readLog(outcome)] as const),
    );
    const view = runView(readRunRecords(run, { plan, report: JSON.stringify(report), release, timeline }), {
      now: clock.now(),
      logs: new Map(logs.flatMap(([job, text]) => (text === undefined ? [] : [[job, text]]))),
      links: {
        execution: executionLink(execution),
        records: report.summary,
        source: report.sourcePage,
        commit: report.commitPage,
      },
    });
    await store.put(objectKeys.page(run), runFile(view, clock.now()));
  } catch (error) {
    logLine({ message: 'page not written', run, problem: messageOf(error) });
  }
}

/** Stores the times that the builds of the run told. The board has those of jobs from here that have a history of their own. */
async function storeTimeline(
  { run, startedAt = '' }: RunReport,
  { jobs, failed }: TimedJobs,
  { store, clock }: Pick<PageDependencies, 'store' | 'clock'>,
): Promise<string | undefined> {
  const start = Date.parse(startedAt);
  if (Number.isNaN(start) || jobs.length + failed.length === 0) return undefined;
  const timeline = JSON.stringify(timelineOfJobs({ run, startedAt: start, endedAt: clock.now() }, jobs, failed));
  await store.put(objectKeys.timeline(run), timeline);
  return timeline;
}
