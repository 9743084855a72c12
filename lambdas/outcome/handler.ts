/** Door of the outcome step in AWS: needs nothing but its input. */
import type { BuildOutcome, OutcomeRequest } from '../../core/contract';
import { buildOutcome } from '../../core/plan/outcome';
import { logged } from '../log';

/** Explains a job that did not succeed. */
export function handler(request: OutcomeRequest): Promise<BuildOutcome> {
  return logged(
    { step: 'outcome', ...(request.run === undefined ? {} : { run: request.run }) },
    async () => buildOutcome(request),
    (outcome) => ({ ...outcome }),
  );
}
