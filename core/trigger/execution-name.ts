/** Names of runs that people start. Step Functions allows 1 to 80 characters and a name once in 90 days. */
import type { ExecutionInput } from '../run-input';

/**
 * `release-v1-4-0-20261123T210501042` and the like: what it does, then when it was asked for, to the millisecond, so that two runs
 * asked for one after the other never share a name. `startedAt` is in milliseconds since 1970. Only letters, digits, `-` and `_` are
 * used, so that the name is also a legal object key and file name.
 */
export function executionName(input: ExecutionInput, startedAt: number): string {
  const subject =
    input.action === 'push' ? `${input.ref.replace(/^refs\/heads\//, '')}-${input.commit.slice(0, 8)}` : input.version;
  const time = new Date(startedAt).toISOString().replace(/[-:.Z]/g, '');
  const kind = input.dryRun === true ? `${input.action}-dry` : input.action;
  return `${kind}-${subject.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 48)}-${time}`;
}
