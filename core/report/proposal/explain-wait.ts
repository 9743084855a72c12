/** What a git host's own word for a waiting pull request means, and what to do. */

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

/** Returns the word with its meaning. A word that is not known, such as the name of a policy, is returned as it is. */
export function explainWait(word: string): string {
  const meaning = MEANINGS[word];
  return meaning === undefined ? word : `${word}: ${meaning}`;
}
