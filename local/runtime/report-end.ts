/** Reports runs that could not report their own end, and stores commit statuses, as AWS and a git host do for the deployed app. */
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
    // The store is unusable. That is also why the run failed, and its error says so.
  }
}

/** Returns a writer that stores the last status of each commit as JSON under `objectKeys.status(commit)`. */
export function createStoredStatuses(store: Pick<ObjectStore, 'put'>): StatusWriter {
  return {
    // The summary is stored beside the report of the run.
    setStatus: ({ summary: _, ...status }) =>
      store.put(objectKeys.status(status.commit), `${JSON.stringify(status, null, 2)}\n`),
  };
}
