/** Decides whether a pull request gets a comment with the plan of its merge. It never starts a run. */
import type { PreviewRequest } from '../ports';
import { branchRule, type Settings } from '../settings';
import { whyStranger } from './push-decision';
import type { PullRequest } from './webhook-push';

/** What a pull request leads to. */
export type PullRequestDecision =
  | { readonly kind: 'preview'; readonly request: PreviewRequest }
  | { readonly kind: 'ignore'; readonly reason: string };

/** Decides by facts: settings, repository, where the commits come from, and what a merge would start. */
export function decidePullRequest(pullRequest: PullRequest, settings: Settings): PullRequestDecision {
  const reason = whyIgnored(pullRequest, settings);
  if (reason !== undefined) return { kind: 'ignore', reason };
  const { number, base, commit } = pullRequest;
  return { kind: 'preview', request: { number, base, commit } };
}

function whyIgnored(pullRequest: PullRequest, settings: Settings): string | undefined {
  if (!settings.pullRequests.comment) return 'the settings ask for no comments on pull requests';
  const stranger = whyStranger(pullRequest, settings);
  if (stranger !== undefined) return stranger;
  // A fork that was deleted has no id: that, too, is another repository.
  const isFork = pullRequest.headRepositoryId !== pullRequest.repositoryId;
  if (isFork && !settings.pullRequests.forks) return 'the pull request comes from a fork';
  const rule = branchRule(settings, pullRequest.base);
  return rule?.allow.includes('push') ? undefined : 'merging it starts nothing by the branch rules';
}
