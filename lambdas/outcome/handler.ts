/** Door of the outcome step in AWS: needs nothing but its input. */
import type { BuildOutcome, OutcomeRequest } from '../../core/contract';
import { buildOutcome } from '../../core/plan/outcome';

/** Explains a job that did not succeed. */
export async function handler(request: OutcomeRequest): Promise<BuildOutcome> {
  return buildOutcome(request);
}
