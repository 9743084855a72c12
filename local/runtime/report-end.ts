/** Reports the end of a run whose own states could not, as the rule of the deployed app does. */

import { objectKeys } from '../../core/contract/keys';
import type { ReportRequest } from '../../core/contract/report';
import type { StatusWriter } from '../../core/ports/git';
import type { ObjectStore } from '../../core/ports/store';
import { unreported } from '../../lambdas/report/unreported';
import type { ExecutionResult } from './state-machine';

/** An execution that ended on this machine. `startedAt` is in ms since 1970. */
interface LocalEnd {
  readonly run: string;
  readonly input: unknown;
  readonly startedAt: number;
  readonly redrives: number;
  readonly result: ExecutionResult;
}

/** Calls `report` if the run did not succeed and is not reported. Never throws: nobody waits for this report. */
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
    // Then the store cannot be used, and that is why the run failed: its error says so.
  }
}

// Commit statuses where there is no git host: git itself has none, so they lie beside the reports, to be looked at.

/** Keeps the last status of each commit under `objectKeys.status(commit)`, as JSON. */
export function createStoredStatuses(store: Pick<ObjectStore, 'put'>): StatusWriter {
  return {
    // The summary lies beside the report of the run.
    setStatus: ({ summary: _, ...status }) =>
      store.put(objectKeys.status(status.commit), `${JSON.stringify(status, null, 2)}\n`),
  };
}
