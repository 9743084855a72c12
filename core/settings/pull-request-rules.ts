/** What must hold for branch rules whose commits go by pull request. */
import type { Problem } from '../contract/errors';
import { PROPOSALS } from '../contract/release';
import type { BranchRule, Settings } from './schema';

/** The git hosts whose pull requests the pipeline can open. */
const HOSTS: readonly Settings['git']['host'][] = ['github', 'gitlab', 'gitea'];

/** Returns the problems of all branch rules, in their order. */
export function pullRequestProblems({ git, branches }: Pick<Settings, 'git' | 'branches'>): Problem[] {
  return branches.flatMap((rule, index) => {
    const problem = (path: string, message: string) => ({ path: `branches.${index}.${path}`, message });
    const ours = rule.branch.startsWith(PROPOSALS)
      ? [problem('branch', `begins with ${PROPOSALS}, the pipeline's own branches; name other branches`)]
      : [];
    return [...ours, ...hostProblems(rule, git.host).map(([path, message]) => problem(path, message))];
  });
}

function hostProblems({ pullRequest }: BranchRule, host: Settings['git']['host']): (readonly [string, string])[] {
  if (pullRequest === undefined) return [];
  if (!HOSTS.includes(host)) {
    const message = `needs a git host with pull requests (${HOSTS.join(', ')}), and git.host is '${host}'; leave it out, so that the commit is pushed`;
    return [['pullRequest', message]];
  }
  if (host !== 'gitlab' || pullRequest.method !== 'rebase') return [];
  const message =
    "cannot be 'rebase' on GitLab, where the project's own settings choose between merge and fast-forward; write squash or merge";
  return [['pullRequest.method', message]];
}

/** Returns true if the commits of any branch go by pull request. */
export function usesPullRequests({ branches }: Pick<Settings, 'branches'>): boolean {
  return branches.some(({ pullRequest }) => pullRequest !== undefined);
}

/** Returns the longest time, in hours, that a run waits for a merge. */
export function mergeHours({ branches }: Pick<Settings, 'branches'>): number {
  return Math.max(0, ...branches.map(({ pullRequest }) => pullRequest?.hours ?? 0));
}
