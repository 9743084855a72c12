/**
 * The pipeline's logins at the git host and their permissions, and the branch rules that need pull requests there. There may be two: the writer, which commits, and the reader for everything
 * else. Then only the commit step has the writer's secret.
 */
import type { Problem } from '../contract/errors';
import { PROPOSALS } from '../contract/release';
import { valuesGitOf } from './files/values-repository';
import type { GitHubApp } from './git-schema';
import type { BranchRule, Settings } from './schema';

export type GitRole = 'writer' | 'reader';

/** The kinds of access that steps need. */
export type GitTask = 'read' | 'commit' | 'propose' | 'announce' | 'comment';

export type GitPermissions = Readonly<Record<string, 'read' | 'write'>>;

/** The least permissions for each, by GitHub's names: https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps */
const PERMISSIONS: Readonly<Record<GitTask, GitPermissions>> = {
  read: { contents: 'read' },
  commit: { contents: 'write' },
  propose: { contents: 'write', pull_requests: 'write' },
  announce: { checks: 'write' },
  comment: { pull_requests: 'write' },
};

/** Only Apps write check runs; a person's token writes commit statuses. */
const TOKEN_PERMISSIONS = { ...PERMISSIONS, announce: { statuses: 'write' } } as const;

/** Returns the least permissions of a GitHub token for these tasks; `kind` says whether an App makes the token. */
export function gitPermissions(tasks: readonly GitTask[], kind: 'app' | 'token'): GitPermissions {
  const permissions: Readonly<Record<GitTask, GitPermissions>> = kind === 'app' ? PERMISSIONS : TOKEN_PERMISSIONS;
  const wanted = tasks.flatMap((task) => Object.entries(permissions[task]));
  // `write` includes `read`.
  const levels = wanted.sort(([, one], [, other]) => (one === other ? 0 : one === 'read' ? -1 : 1));
  return Object.fromEntries(levels);
}

/** Returns the App of a login; undefined for a plain token. Without a reader the writer is used for both. */
export function gitApp({ git }: Pick<Settings, 'git'>, role: GitRole): GitHubApp | undefined {
  if (git.host !== 'github') return undefined;
  if (role === 'writer' || git.reader === undefined) return git.app;
  return git.reader === 'token' ? undefined : git.reader;
}

/** The two repositories of a run. `both` is the monorepo if it has the values files. */
export type GitContent = 'both' | 'source' | 'values';

/** Returns what the repository in `settings.git` holds. */
export function gitContent(settings: Settings): GitContent {
  if (settings.valuesRepository === undefined) return 'both';
  return settings.git === settings.valuesRepository.git ? 'values' : 'source';
}

/** Returns true if all steps but the commit step have a login of their own at the git host, in a secret of its own. */
export function hasReader({ git }: Pick<Settings, 'git'>): boolean {
  return 'reader' in git && git.reader !== undefined;
}

/** Returns everything that a login of the repository in `settings.git` is used for. `tagsModules`: the catalog publishes Go modules. */
export function gitTasks(settings: Settings, role: GitRole, tagsModules = false): readonly GitTask[] {
  const content = gitContent(settings);
  const comment: readonly GitTask[] = settings.pullRequests.comment ? ['comment'] : [];
  const reading: readonly GitTask[] = content === 'values' ? ['read'] : ['read', 'announce', ...comment];
  if (role === 'reader') return reading;
  const committing: readonly GitTask[] = usesPullRequests(settings) ? ['commit', 'propose'] : ['commit'];
  const tagging: readonly GitTask[] = settings.releaseTag === undefined && !tagsModules ? [] : ['commit'];
  const writing = content === 'source' ? tagging : committing;
  return hasReader(settings) ? writing : [...writing, ...reading];
}

// ------------------------------------------------------------------------------------------------------ pull requests

/** The reason why each host cannot rebase at the request of the pipeline. */
const NO_REBASE: Readonly<Partial<Record<Settings['git']['host'], string>>> = {
  gitlab: "on GitLab, where the project's own settings choose between merge and fast-forward",
  codecommit: 'on CodeCommit, which has no such merge',
};

/** Returns the problems of all branch rules, in their order. */
export function pullRequestProblems(settings: Pick<Settings, 'git' | 'valuesRepository' | 'branches'>): Problem[] {
  const git = valuesGitOf(settings);
  return settings.branches.flatMap((rule, index) => {
    const message = `begins with ${PROPOSALS}, the pipeline's own branches; name other branches`;
    const ours = rule.branch.startsWith(PROPOSALS) ? [{ path: 'branch', message }] : [];
    const problems = [...ours, ...hostProblems(rule, git.host)];
    return problems.map((problem) => ({ ...problem, path: `branches.${index}.${problem.path}` }));
  });
}

function hostProblems({ pullRequest }: BranchRule, host: Settings['git']['host']): Problem[] {
  if (pullRequest === undefined) return [];
  if (host === 'local') {
    const message = `needs a git host with pull requests, and git.host is 'local'; leave it out, so that the commit is pushed`;
    return [{ path: 'pullRequest', message }];
  }
  const reason = NO_REBASE[host];
  if (reason === undefined || pullRequest.method !== 'rebase') return [];
  const message = `cannot be 'rebase' ${reason}; write squash or merge`;
  return [{ path: 'pullRequest.method', message }];
}

/** Returns true if the commits of any branch go by pull request. */
export function usesPullRequests({ branches }: Pick<Settings, 'branches'>): boolean {
  return branches.some(({ pullRequest }) => pullRequest !== undefined);
}

/** Returns the longest time, in hours, that a run waits for a merge. */
export function mergeHours({ branches }: Pick<Settings, 'branches'>): number {
  return Math.max(0, ...branches.map(({ pullRequest }) => pullRequest?.hours ?? 0));
}
