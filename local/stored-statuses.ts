/** Commit statuses where there is no git host: git itself has none, so they lie beside the reports, to be looked at. */
import { objectKeys } from '../core/keys';
import type { ObjectStore, StatusWriter } from '../core/ports';

/** Keeps the last status of each commit under `objectKeys.status(commit)`, as JSON. */
export function createStoredStatuses(store: Pick<ObjectStore, 'put'>): StatusWriter {
  return {
    // The summary lies beside the report of the run.
    setStatus: ({ summary: _, ...status }) =>
      store.put(objectKeys.status(status.commit), `${JSON.stringify(status, null, 2)}\n`),
  };
}
