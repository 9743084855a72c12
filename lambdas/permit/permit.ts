/** The permit step: a job asks whether it may still start, where a run stops at its first failure. */
import { objectKeys } from '../../core/keys';
import type { ObjectStore } from '../../core/ports';
import type { PermitRequest, PermitResult } from '../../core/run-end';

/** Not granted as soon as a job of this attempt of the run has failed. */
export async function permitStep(
  { run, redrives }: PermitRequest,
  { store }: { readonly store: Pick<ObjectStore, 'exists'> },
): Promise<PermitResult> {
  return { granted: !(await store.exists(objectKeys.failed(run, redrives))) };
}
