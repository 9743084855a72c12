/** The proof that what was fetched is what was planned. */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { ServiceInputs } from '../../core/inputs/inputs';
import { RECIPE_VERSION } from '../../core/job-env';

/** Throws `InputDigestMismatch` unless the service's inputs in the source have the planned digest. */
export function checkInputDigest(
  inputs: ReadonlyMap<string, ServiceInputs>,
  planned: { readonly service: string; readonly inputDigest: string },
): ServiceInputs {
  const { service, inputDigest } = planned;
  const found = inputs.get(service);
  if (found?.inputDigest === inputDigest) return found;
  const what =
    found === undefined
      ? `the source has no service '${service}'`
      : `the input digest of ${service} in the fetched source is ${found.inputDigest}, the plan said ${inputDigest}`;
  throw new PipelineError(
    ERROR_NAMES.inputDigestMismatch,
    `${what}; nothing was built. The source archive is not the planned commit's, or plan step and job tool are of different versions (recipe ${RECIPE_VERSION} here): deploy again, then start the run again`,
  );
}
