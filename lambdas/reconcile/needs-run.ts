/** Looks at a branch's head itself, where no run of it is known: Step Functions forgets them after 90 days, a branch stays. */

import { InvalidInputError } from '../../core/contract/errors';
import type { PushInput } from '../../core/contract/run-input';
import type { BranchHead, GitHost } from '../../core/ports/git';
import { environmentOf, filesOf } from '../../core/settings/environment';
import type { Settings } from '../../core/settings/schema';
import { readTrailers } from '../../core/version/commit-message';
import { isRecorded } from '../../core/webhook/reconcile';
import { runBranch } from '../../core/webhook/run-branch';
import { hasCatalog, readCommit, readSource } from '../plan/read-source';

/** More commits of ours than ever lie between a run's plan and its commit. */
const MOST_BETWEEN = 20;

/**
 * False if a run of the push would find nothing to do, by the catalog and the version lock at its commit. A commit that cannot be
 * planned needs one, which says why. Takes three git requests. Throws `GitHostError`.
 */
export async function needsRun(push: PushInput, settings: Settings, git: GitHost): Promise<boolean> {
  try {
    const commit = await readCommit(push, settings, git, push.commit);
    return hasCatalog(commit, settings) && !isRecorded(await readSource(commit, settings, git));
  } catch (error) {
    if (error instanceof InvalidInputError) return true;
    throw error;
  }
}

/**
 * True if under a commit of ours lies a push that nobody built: its webhook was lost, and an earlier push's run committed on top. Only
 * commits of pushes are asked: after a rollback or a stale release the lock differs from the source because somebody wanted it to, and
 * so it may where one of these came in between. Throws `GitHostError`.
 */
export async function hidesPush(
  { name, commit, message }: BranchHead,
  settings: Settings,
  git: GitHost,
): Promise<boolean> {
  const trailers = readTrailers(message);
  if (trailers === undefined || !isOfPush(message)) return false;
  const push = { action: 'push', ref: `refs/heads/${name}`, commit } as const;
  if (!(await needsRun(push, settings, git))) return false;
  const { lock } = filesOf(environmentOf(settings, runBranch(push, settings).rule, push));
  for (const revision of await git.log(commit, lock, MOST_BETWEEN)) {
    if (await git.isAncestor(revision.commit, trailers.source)) return true;
    if (!isOfPush(revision.message)) return false;
  }
  return true;
}

/** Runs of pushes are named by us; a run with a name of a person's own is not taken for one. */
function isOfPush(message: string): boolean {
  return readTrailers(message)?.run.startsWith('push-') === true;
}

// Answers that are functions of a commit are kept while the function is: a branch that rests is asked about in every round.

/** Keeps what was answered for the head that each branch had last. A question that failed is asked again. */
export function askedOnce(ask: (head: BranchHead) => Promise<boolean>): (head: BranchHead) => Promise<boolean> {
  const known = new Map<string, { readonly commit: string; readonly answer: Promise<boolean> }>();
  return (head) => {
    const before = known.get(head.name);
    if (before?.commit === head.commit) return before.answer;
    const answer = ask(head);
    known.set(head.name, { commit: head.commit, answer });
    answer.catch(() => known.delete(head.name));
    return answer;
  };
}
