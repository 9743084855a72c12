/** Runs that could not report their end themselves: stopped, out of time, or ended by an error that no state can catch. */

import { objectKeys } from '../../core/contract/keys';
import type { ExecutionEnded, ReportRequest, RunReport } from '../../core/contract/report';
import type { ObjectStore } from '../../core/ports/store';

/** What is said of an end that comes without an error. */
const ENDS = {
  FAILED: { name: 'States.Runtime', message: 'the state machine itself failed; its history says where' },
  ABORTED: { name: 'Aborted', message: 'the run was stopped' },
  TIMED_OUT: { name: 'States.Timeout', message: 'the run took longer than a run may' },
} as const;

/** A job of a Distributed Map is an execution, too: `...:execution:<state machine>/<stage>:<name>`. Its run tells of it. */
const OF_A_JOB = /:execution:[^:]+\/[^:]+:/;

/**
 * What is to be reported of an execution that ended; undefined if its own states did so. Events may come twice and a run may be redriven, so
 * that it is asked which attempt the stored report is of.
 */
export async function unreported(
  { detail }: ExecutionEnded,
  store: Pick<ObjectStore, 'get'>,
): Promise<ReportRequest | undefined> {
  const { name: run, executionArn, status, error, cause } = detail;
  if (OF_A_JOB.test(executionArn)) return undefined;
  const redrives = detail.redriveCount ?? 0;
  const stored = await store.get(objectKeys.report(run));
  const told = stored && (JSON.parse(stored.toString('utf8')) as RunReport);
  if (told !== undefined && (told.redrives ?? 0) >= redrives) return undefined;
  const end = ENDS[status];
  return {
    run,
    execution: executionArn,
    startedAt: new Date(detail.startDate).toISOString(),
    redrives,
    state: { input: parsed(detail.input), error: { Error: error ?? end.name, Cause: cause ?? end.message } },
  };
}

/** A very long input is left out of the event. */
function parsed(input: string | null | undefined): unknown {
  try {
    return JSON.parse(input ?? 'null');
  } catch {
    return undefined;
  }
}
