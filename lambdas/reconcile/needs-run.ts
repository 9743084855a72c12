/** Examines a branch's head without its runs: Step Functions forgets them after 90 days, a branch stays. */
import { InvalidInputError } from '../../core/contract/errors';
import type { PushInput } from '../../core/contract/run-input';
import type { BranchHead } from '../../core/ports/git';
import { environmentOf } from '../../core/settings/environment';
import { filesOf } from '../../core/settings/files/environment-files';
import type { Settings } from '../../core/settings/schema';
import { readTrailers } from '../../core/version/commit-message';
import { runBranch } from '../../core/webhook/execution-input';
import { isRecorded } from '../../core/webhook/reconcile';
import { hasCatalog, type PlannedFrom, type RunCommit, readCommit, readSource } from '../plan/read-source';

/** Between a run's plan and its commit there are fewer commits of other runs than this. */
const MAX_BETWEEN = 20;

/**
 * Returns false if the catalog and the version lock at the commit show that a run of the push would have nothing to do. A commit that
 * cannot be planned needs a run, which reports the reason. Takes three git requests in each repository. Throws `GitHostError`.
 */
export async function needsRun(push: PushInput, settings: Settings, from: PlannedFrom): Promise<boolean> {
  try {
    const at = await readCommit(push, settings, from, { commit: push.commit });
    if (!hasCatalog(at, settings) || isRecorded(await readSource(at, settings, from))) return false;
    return at.valuesCommit === undefined || !(await hasCommitOf(at, at.valuesCommit, from));
  } catch (error) {
    if (error instanceof InvalidInputError) return true;
    throw error;
  }
}

/** Commits to the version lock among which those of a source commit are searched. */
const SEARCHED_COMMITS = 100;

/**
 * Returns true if a run of this source commit has committed to the values repository. Whatever differs since then is a rollback or a stale
 * release, which a run that no person started must not undo.
 */
async function hasCommitOf(
  { commit, environment }: RunCommit,
  valuesCommit: string,
  { valuesGit }: PlannedFrom,
): Promise<boolean> {
  const log = await valuesGit.log(valuesCommit, filesOf(environment).lock, SEARCHED_COMMITS);
  return log.some(({ message }) => readTrailers(message)?.source === commit);
}

/**
 * Returns true if a push below this commit of a run was never built, because its webhook was lost and an earlier run committed on top.
 * Only commits of pushes are examined. After a rollback or a stale release the lock differs from the source on purpose, also if one of
 * these came in between. Throws `GitHostError`.
 */
export async function hidesPush(
  { name, commit, message }: BranchHead,
  settings: Settings,
  from: PlannedFrom,
): Promise<boolean> {
  const trailers = readTrailers(message);
  if (trailers === undefined || !isOfPush(message)) return false;
  const push = { action: 'push', ref: `refs/heads/${name}`, commit } as const;
  if (!(await needsRun(push, settings, from))) return false;
  const { lock } = filesOf(environmentOf(settings, runBranch(push, settings).rule, push));
  for (const revision of await from.git.log(commit, lock, MAX_BETWEEN)) {
    if (await from.git.isAncestor(revision.commit, trailers.source)) return true;
    if (!isOfPush(revision.message)) return false;
  }
  return true;
}

/** The pipeline names the runs of pushes. Runs that a person names begin differently. */
function isOfPush(message: string): boolean {
  return readTrailers(message)?.run.startsWith('push-') === true;
}

/**
 * Returns a function that remembers the answer for the last head of each branch, because a branch that rests is examined in every round.
 * A question that failed is asked again.
 */
export function rememberedByHead(ask: (head: BranchHead) => Promise<boolean>): (head: BranchHead) => Promise<boolean> {
  const known = new Map<string, { readonly commit: string; readonly answer: Promise<boolean> }>();
  return (head) => {
    const earlier = known.get(head.name);
    if (earlier?.commit === head.commit) return earlier.answer;
    const answer = ask(head);
    known.set(head.name, { commit: head.commit, answer });
    answer.catch(() => known.delete(head.name));
    return answer;
  };
}
