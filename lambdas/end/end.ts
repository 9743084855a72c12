/** The end step: the last state of a run that failed, and the first one of the same run redriven. */
import { ERROR_NAMES, type ErrorName, PipelineError } from '../../core/contract/errors';
import type { EndRequest } from '../../core/contract/report';
import { messageInCause } from '../../core/report/outcome';

/**
 * Throws the run's own error. Step Functions redrives a run from the state that failed, which is this one: then it returns, and the run is
 * planned anew. An error of Step Functions or Lambda becomes `RunFailed`: a step may not throw their names.
 */
export function endStep({ error, failedIn, redrives }: EndRequest): void {
  if (redrives > failedIn.redrives) return;
  const known: readonly string[] = Object.values(ERROR_NAMES);
  const message = messageInCause(error.Cause ?? '');
  if (known.includes(error.Error)) throw new PipelineError(error.Error as ErrorName, message);
  throw new PipelineError(ERROR_NAMES.runFailed, `${error.Error}: ${message}`);
}
