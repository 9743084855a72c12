/** The permit step: a job asks whether it may still start, where a run stops at its first failure. */

import type { PermitRequest, PermitResult } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../../core/ports/store';

/** Not granted as soon as a job of this attempt of the run has failed. */
export async function permitStep(
  { run, redrives }: PermitRequest,
  { store }: { readonly store: Pick<ObjectStore, 'exists'> },
): Promise<PermitResult> {
  return { granted: !(await store.exists(objectKeys.failed(run, redrives))) };
}
