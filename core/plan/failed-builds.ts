/** Turns failed jobs into the one error that ends a run before any version is given. */
import { type BuildOutcome, ERROR_NAMES, type NestedOutcomes } from '../contract';
import { PipelineError } from '../errors';
import { flattenOutcomes } from './outcome';

/** The jobs that did not succeed, in the order of their names. */
export function failedOutcomes(builds: NestedOutcomes): BuildOutcome[] {
  return flattenOutcomes(builds)
    .filter((outcome) => outcome.status !== 'SUCCEEDED')
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** An error that lists every failed job with its log link, or undefined if all succeeded. */
export function failedBuilds(builds: NestedOutcomes): PipelineError | undefined {
  const all = flattenOutcomes(builds);
  const failed = failedOutcomes(all);
  if (failed.length === 0) return undefined;
  const lines = failed.map(({ service, status, cause, logs }) => {
    const why = cause === undefined ? status : `${status}: ${cause}`;
    return `  ${service}: ${why}${logs === undefined ? '' : `\n    log: ${logs}`}`;
  });
  const message = `${failed.length} of ${all.length} builds failed; no version was given and no values file was changed:`;
  const hint = 'Start the same run again: images that were built are found and not built twice.';
  return new PipelineError(ERROR_NAMES.buildsFailed, [message, ...lines, hint].join('\n'));
}
