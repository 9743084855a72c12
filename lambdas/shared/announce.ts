/** Tells the git host how a run stands. What the git host makes of it never decides over the run. */
import { messageOf } from '../../core/contract/errors';
import type { CommitStatus, StatusWriter } from '../../core/ports/git';
import { withTimeout } from './in-time';
import { logLine } from './log';

/** In ms. The steps themselves have minutes. */
const LONGEST_WAIT = 20_000;

/** Writes the status, if there is one. Never throws: what went wrong is logged and returned, at most 300 characters. */
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
