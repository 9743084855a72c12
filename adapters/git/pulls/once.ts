/** What the pull requests of git hosts have in common: opened and closed once, and refusals that are reasons. */
import { ERROR_NAMES, messageOf, PipelineError } from '../../../core/contract/errors';
import type { PullProposal, PullRequest } from '../../../core/ports/pull-request';
import { HttpError } from '../../http/http-error';

/**
 * Returns the open pull request of the branch, or makes one. `make` returns a text if the host refuses: then a request whose reply was lost
 * may have made it. Throws `GitHostError` with that text if there is none.
 */
export async function openOnce(
  { base, branch }: PullProposal,
  find: () => Promise<PullRequest | undefined>,
  make: () => Promise<PullRequest | string>,
): Promise<PullRequest> {
  const existing = await find();
  if (existing !== undefined) return existing;
  const made = await make();
  if (typeof made !== 'string') return made;
  const other = await find();
  if (other !== undefined) return other;
  throw new PipelineError(ERROR_NAMES.gitHost, `a pull request from ${branch} into ${base} cannot be made: ${made}`);
}

/**
 * Closes a pull request if it is open, by `decline`. Returns true if this call did it. A refusal does not count if the pull request is not
 * open any more: another call or a person was faster.
 */
export async function closeOnce(isOpen: () => Promise<boolean>, decline: () => Promise<unknown>): Promise<boolean> {
  if (!(await isOpen())) return false;
  try {
    await decline();
    return true;
  } catch (error) {
    if (await isOpen()) throw error;
    return false;
  }
}

/** Closes a pull request as `closeOnce` does, then comments on it. A lost comment is no reason to fail. */
export async function closeWithComment(
  isOpen: () => Promise<boolean>,
  decline: () => Promise<unknown>,
  comment: () => Promise<unknown>,
): Promise<void> {
  if (await closeOnce(isOpen, decline)) await comment().catch(() => undefined);
}

/** Returns a handler that turns a refusal with one of the statuses into its text, and throws any other error. */
export function refusedWith(...statuses: readonly number[]): (error: unknown) => string {
  return (error) => {
    if (error instanceof HttpError && statuses.includes(error.status ?? 0)) return messageOf(error);
    throw error;
  };
}

/** Returns why a pull request with this head is not merged if another one is expected; undefined if it is the same. */
export function otherHead(head: string, expected: string): string | undefined {
  return head === expected ? undefined : `its head is ${head.slice(0, 8) || 'unknown'}, not ${expected.slice(0, 8)}`;
}
