/** Work on all services of a release, and one error for all that failed. */
import pLimit from 'p-limit';
import type { ErrorName, PlannedService } from '../../core/contract';
import { messageOf, PipelineError } from '../../core/errors';

/** Services at a time. ECR allows 10 PutImage a second; the registry adapter keeps to each host's rate. */
const SERVICES_AT_ONCE = 16;

/** Does the work for every item, some at a time, to the end; then throws one error that lists all failures, or returns all results. */
export async function forAll<Item extends { readonly service: PlannedService } | PlannedService, Result>(
  items: readonly Item[],
  errorName: ErrorName,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const limit = pLimit(SERVICES_AT_ONCE);
  const results = await Promise.allSettled(items.map((item, index) => limit(() => work(item, index))));
  const failures = results.flatMap((result, index) => {
    const item = items[index];
    if (result.status === 'fulfilled' || item === undefined) return [];
    const name = 'service' in item ? item.service.name : item.name;
    return [{ text: `  ${name}: ${messageOf(result.reason)}`, reason: result.reason as unknown }];
  });
  const first = failures[0];
  if (first !== undefined) {
    const name = first.reason instanceof PipelineError ? (first.reason.name as ErrorName) : errorName;
    const message = `${failures.length} of ${items.length} images could not be given their version; no values file was changed:\n`;
    throw new PipelineError(name, message + failures.map((failure) => failure.text).join('\n'), {
      cause: first.reason,
    });
  }
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
