/** Turns failed jobs into the one error that ends a run before any version is given. */
import { type BuildOutcome, ERROR_NAMES, type NestedOutcomes } from '../contract';
import { PipelineError } from '../errors';
import { isModuleOutcome } from '../job-contract';
import { flattenOutcomes } from './outcome';

/** Step Functions keeps 32,768 characters of an error. */
const MOST_SHOWN = 50;

/** The jobs that did not succeed, in the order of their names. */
export function failedOutcomes(builds: NestedOutcomes): BuildOutcome[] {
  return flattenOutcomes(builds)
    .filter((outcome) => outcome.status !== 'SUCCEEDED')
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** How many images of a run could not be built; modules are none. */
export function failedImages({ failed }: { readonly failed: readonly BuildOutcome[] }): number {
  return failed.filter(({ service }) => !isModuleOutcome(service)).length;
}

/** An error that lists every failed job with its log link, or undefined if all succeeded. */
export function failedBuilds(builds: NestedOutcomes): PipelineError | undefined {
  const all = flattenOutcomes(builds);
  const failed = failedOutcomes(all);
  if (failed.length === 0) return undefined;
  const more = failed.length - MOST_SHOWN;
  const lines = failed.slice(0, MOST_SHOWN).map(({ service, status, cause, logs }) => {
    const why = cause === undefined ? status : `${status}: ${cause}`;
    return `  ${service}: ${why}${logs === undefined ? '' : `\n    log: ${logs}`}`;
  });
  const message = `${failed.length} of ${all.length} builds failed; no version was given and no values file was changed:`;
  if (more > 0) lines.push(`  and ${more} more, which the report has`);
  const hint = 'Start the same run again: images that were built are found and not built twice.';
  return new PipelineError(ERROR_NAMES.buildsFailed, [message, ...lines, hint].join('\n'));
}
