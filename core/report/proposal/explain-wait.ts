/** Why a pull request waits: what a git host's own word for it means, and what to do. */

const CONFLICT =
  'in conflict with its base; the run replaces it, unless somebody else has pushed to its branch: then close it';
const CHECKS = 'a required check has not passed; look at its checks, and run them again';
const REVIEW = 'an approval is missing; approve it';
const DRAFT = 'a draft; mark it as ready';
const BEHIND = 'its branch lacks the head of its base; the run replaces it';

/** https://docs.github.com/graphql/reference/enums#mergestatestatus, and https://docs.gitlab.com/api/merge_requests/#merge-status */
const MEANINGS: Readonly<Record<string, string>> = {
  dirty: CONFLICT,
  blocked: 'an approval or a required check is missing; its page says which',
  behind: BEHIND,
  draft: DRAFT,
  unstable: 'only a check that is not required has failed; it can be merged',
  clean: 'it can be merged',
  has_hooks: 'it can be merged',
  conflict: CONFLICT,
  need_rebase: BEHIND,
  not_approved: REVIEW,
  requested_changes: 'a reviewer has requested changes; ask for another review',
  ci_must_pass: CHECKS,
  ci_still_running: 'a pipeline is running',
  discussions_not_resolved: 'a discussion is open; resolve it',
  draft_status: DRAFT,
  status_checks_must_pass: CHECKS,
  mergeable: 'it can be merged',
  conflicts: CONFLICT,
  queued: 'it is in a queue of the git host',
  rejectedByPolicy: 'a policy of the branch refuses it; its page says which',
};

/** A pull request that was not merged in time. */
export interface LatePullRequest {
  /** The time that it had. */
  readonly hours: number;
  /** The git host's own word for what it waits for. */
  readonly waitsFor?: string | undefined;
  /** The git host's reason for not merging it by itself. */
  readonly refusal?: string | undefined;
  /** False if its branch has commits of somebody else. */
  readonly isOurs: boolean;
}

/** Returns why it was not merged in time, and what to do, as the end of a sentence. */
export function explainLateness({ hours, waitsFor, refusal, isOurs }: LatePullRequest): string {
  const why = [
    ...(waitsFor === undefined ? [] : [`the git host calls it ${meaningOf(waitsFor)}`]),
    ...(refusal === undefined ? [] : [`it does not merge it by itself: ${refusal}`]),
    ...(isOurs ? [] : ['its branch has commits of somebody else']),
  ];
  const reasons = why.length === 0 ? '' : ` (${why.join('; ')})`;
  return `was not merged within ${Math.round(hours * 100) / 100} hours${reasons}; it stays open: merge it, then redrive the run, which goes on from there`;
}

/** A word that is not known, such as the name of a policy, is returned as it is. */
function meaningOf(word: string): string {
  const meaning = MEANINGS[word];
  return meaning === undefined ? word : `${word}: ${meaning}`;
}
