/** Approvals on one machine: request and answer are two objects in the store, instead of a task token. */

import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { ApprovalAnswer, ApprovalRequest } from '../../core/contract/release';
import type { Clock, ObjectStore } from '../../core/ports/store';

/** The pause between two looks, in ms. */
const LOOK_EVERY = 300;
const REFUSED = 'the run was rejected; no version was given and no values file was changed';

/** Waits for an answer. Throws `NotApproved` for a no and, as the state machine does, `States.Timeout` for no answer. */
export async function waitForAnswer(
  { run, seconds }: Pick<ApprovalRequest, 'run' | 'seconds'>,
  { store, clock }: { readonly store: Pick<ObjectStore, 'get'>; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<object> {
  const until = clock.now() + seconds * 1000;
  while (clock.now() < until && signal?.aborted !== true) {
    const body = await store.get(objectKeys.answer(run));
    if (body !== undefined) return settle(JSON.parse(body.toString('utf8')) as ApprovalAnswer);
    await clock.sleep(LOOK_EVERY);
  }
  const error = new Error(`nobody answered within ${seconds} s`);
  error.name = 'States.Timeout';
  throw error;
}

function settle({ approved, reason }: ApprovalAnswer): object {
  if (approved) return {};
  throw new PipelineError(ERROR_NAMES.notApproved, reason === undefined ? REFUSED : `${REFUSED}: ${reason}`);
}
