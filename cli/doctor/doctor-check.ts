/** Runs one check of `pipeline doctor`. Its failure is a finding, too. */
import { PipelineError } from '../../core/contract/errors';
import type { Finding, FindingState } from '../../core/doctor/finding';
import { isOutsideError } from '../outside-error';

/** In characters. Settings may have many problems. */
const LONGEST = 1000;

/**
 * Returns the findings of `read`. An error of a service, the network or this project becomes a finding with the command in `fix`. It is a
 * problem, or `later` if nothing depends on it.
 */
export async function look(
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
    return [{ check, state: onError, text: `${name}${message}`.slice(0, LONGEST), fix }];
  }
}
