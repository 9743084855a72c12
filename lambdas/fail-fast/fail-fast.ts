/** The fail-fast step: with `stopAtFirstFailure`, no job starts after another job of the run has failed. */
import type { FailFastRequest, FailFastResult } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../../core/ports/store';

/** Returns whether a job may start: only while no job of this attempt of the run has failed. */
export async function failFastStep(
  { run, redrives }: FailFastRequest,
  { store }: { readonly store: Pick<ObjectStore, 'exists'> },
): Promise<FailFastResult> {
  return { mayStart: !(await store.exists(objectKeys.failed(run, redrives))) };
}
