/** Reports the state of a run to the git host. A failure to do so never fails the run. */

import { withTimeout } from '../../adapters/clock';
import { messageOf } from '../../core/contract/errors';
import type { CommitStatus, StatusWriter } from '../../core/ports/git';
import { logLine } from './log';

/** In ms. The steps have minutes. */
const LONGEST_WAIT = 20_000;

/** Writes the status, if there is one. Never throws: logs a problem and returns it, in at most 300 characters. */
export async function announce(
  statuses: StatusWriter,
  status: CommitStatus | undefined,
  longestWait: number = LONGEST_WAIT,
): Promise<string | undefined> {
  if (status === undefined) return undefined;
  const written = statuses.setStatus(status).then(
    () => undefined,
    (error: unknown) => messageOf(error).slice(0, 300),
  );
  const problem = await withTimeout(written, longestWait, `the git host did not answer within ${longestWait / 1000} s`);
  if (problem !== undefined) {
    logLine({ message: 'commit status not written', commit: status.commit, problem });
  }
  return problem;
}
