/** One look at the world, whose failure is a finding, too. */

import { PipelineError } from '../../core/contract/errors';
import type { Finding, FindingState } from '../../core/doctor/finding';
import { isOutsideError } from '../outside-error';

/** Settings may have many problems, which are worth reading. */
const LONGEST = 1000;

/**
 * What the look finds. An error of a service, of the network or of ours becomes a problem, or waits for later if nothing depends on it;
 * `mend` says what to do then.
 */
export async function look(
  check: string,
  mend: string,
  read: () => Promise<readonly Finding[] | Finding>,
  onError: Exclude<FindingState, 'ok'> = 'problem',
): Promise<readonly Finding[]> {
  try {
    return [await read()].flat();
  } catch (error) {
    if (!isOutsideError(error)) throw error;
    const lines = error.message.split('\n').map((line) => line.trim());
    const name = error instanceof PipelineError ? '' : `${error.name}: `;
    return [{ check, state: onError, text: `${name}${lines.join(' ')}`.slice(0, LONGEST), mend }];
  }
}
