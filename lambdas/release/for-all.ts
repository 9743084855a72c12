/** Does the work of the release step for all images, and reports all failures together. */
import pLimit from 'p-limit';
import { ERROR_NAMES, type ErrorName, messageOf, PipelineError } from '../../core/contract/errors';

/** Services at a time. ECR allows 10 PutImage a second; the registry adapter keeps to each host's rate. */
const SERVICES_AT_ONCE = 16;

interface Named {
  readonly name: string;
}

/**
 * Does the work for all items, some at a time, and returns the results. If any failed, throws one error that lists all failures after all
 * work has ended. Its name is that of the first failure; any other error (a fault of AWS) is `RunFailed`. A `SigningError` is thrown as it is.
 */
export async function forAll<Item extends Named | { readonly service: Named }, Result>(
  items: readonly Item[],
  failed: string,
  work: (item: Item) => Promise<Result>,
  atOnce = SERVICES_AT_ONCE,
): Promise<Result[]> {
  const limit = pLimit(atOnce);
  const results = await Promise.allSettled(items.map((item) => limit(() => work(item))));
  const failures = results.flatMap((result, index) => {
    const item = items[index];
    if (result.status === 'fulfilled' || item === undefined) return [];
    const name = 'service' in item ? item.service.name : item.name;
    return [{ text: `  ${name}: ${describe(result.reason)}`, reason: result.reason as unknown }];
  });
  const [first] = failures;
  if (first !== undefined) {
    // That of a signing key is the same for each image.
    if (first.reason instanceof PipelineError && first.reason.name === ERROR_NAMES.signing) throw first.reason;
    const name = first.reason instanceof PipelineError ? (first.reason.name as ErrorName) : ERROR_NAMES.runFailed;
    const message = `${failures.length} of ${items.length} images ${failed}; no values file was changed:`;
    const texts = failures.map((failure) => failure.text);
    throw new PipelineError(name, [message, ...texts].join('\n'), { cause: first.reason });
  }
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** The names of our own errors are in the run's error already; those of AWS are nowhere else. */
function describe(reason: unknown): string {
  return reason instanceof Error && !(reason instanceof PipelineError)
    ? `${reason.name}: ${reason.message}`
    : messageOf(reason);
}
