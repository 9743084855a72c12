/** The end step: the last state of a run that failed, and the first one of the same run when it is redriven. */
import { ERROR_NAMES, type ErrorName, PipelineError } from '../../core/contract/errors';
import type { EndRequest } from '../../core/contract/report';
import { messageInCause } from '../../core/report/outcome';

/**
 * Throws the run's own error, with what the run did before it. Step Functions redrives a run from the state that failed, which is this
 * one: then it returns, and the run is planned again. Errors of Step Functions and Lambda become `RunFailed`, because no step may throw
 * their names.
 */
export function endStep({ error, failedIn, redrives }: EndRequest): void {
  if (redrives > failedIn.redrives) return;
  const known: readonly string[] = Object.values(ERROR_NAMES);
  const isKnown = known.includes(error.Error);
  const cause = messageInCause(error.Cause ?? '');
  const message = [
    isKnown ? cause : `${error.Error}: ${cause}`,
    ...(failedIn.report === undefined ? [] : [`The run: ${failedIn.report.result}`]),
  ].join('\n');
  throw new PipelineError(isKnown ? (error.Error as ErrorName) : ERROR_NAMES.runFailed, message);
}
