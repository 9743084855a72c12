/** Runs that could not report their own end: they were stopped, timed out, or ended by an error that no state can catch. */
import { objectKeys } from '../../core/contract/keys';
import type { ExecutionEnded, ReportRequest, RunReport } from '../../core/contract/report';
import type { ObjectStore } from '../../core/ports/store';
import { UNREPORTED_ENDS } from '../../core/report/run-text';

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
  const stored = await store.get(objectKeys.report(run));
  const report = stored && (JSON.parse(stored.toString('utf8')) as RunReport);
  if (report !== undefined && (report.redrives ?? 0) >= redrives) return undefined;
  const end = UNREPORTED_ENDS[status];
  return {
    run,
    execution: executionArn,
    startedAt: new Date(detail.startDate).toISOString(),
    redrives,
    state: { input: parse(detail.input), error: { Error: error ?? end.name, Cause: cause ?? end.message } },
  };
}

/** Returns the input, which EventBridge leaves out if it is very long. */
function parse(input: string | null | undefined): unknown {
  try {
    return JSON.parse(input ?? 'null');
  } catch {
    return undefined;
  }
}
