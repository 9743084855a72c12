/** Runs one check of `pipeline doctor`, and turns its failure into a finding. */
import { PipelineError } from '../../core/contract/errors';
import type { Finding, FindingState } from '../../core/doctor/finding';
import { isOutsideError } from '../outside-error';

/** The limit of a finding's text, in characters, because settings may have many problems. */
const LONGEST_TEXT = 1000;

/**
 * Returns the findings of `read`. An error of a service, the network or this project becomes a finding with the command in `fix`, in the state
 * `onError`. Throws all other errors.
 */
export async function runCheck(
  check: string,
  fix: string,
  read: () => Promise<readonly Finding[] | Finding>,
  onError: Exclude<FindingState, 'ok'> = 'problem',
): Promise<readonly Finding[]> {
  try {
    return [await read()].flat();
  } catch (error) {
    if (!isOutsideError(error)) throw error;
    const [first = '', ...problems] = error.message.split('\n').map((line) => line.trim());
    const message = first.endsWith(':') ? `${first} ${problems.join('; ')}` : [first, ...problems].join(' ');
    const name = error instanceof PipelineError ? '' : `${error.name}: `;
    return [{ check, state: onError, text: `${name}${message}`.slice(0, LONGEST_TEXT), fix }];
  }
}
