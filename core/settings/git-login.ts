/**
 * The pipeline's logins at the git host and their permissions. There may be two: the writer, which commits, and the reader for everything
 * else. Then only the commit step has the writer's secret.
 */
import { usesPullRequests } from './pull-request-rules';
import { hasReader, type Settings } from './schema';

export type GitRole = 'writer' | 'reader';

/** A GitHub App that is installed on the repository. */
interface GitApp {
  readonly appId: number;
  readonly installationId: number;
}

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
export function gitApp({ git }: Settings, role: GitRole): GitApp | undefined {
  if (git.host !== 'github') return undefined;
  if (role === 'writer' || git.reader === undefined) return git.app;
  return git.reader === 'token' ? undefined : git.reader;
}

/** Returns everything that a login is used for. */
export function gitTasks(settings: Settings, role: GitRole): readonly GitTask[] {
  const comment: readonly GitTask[] = settings.pullRequests.comment ? ['comment'] : [];
  const reading: readonly GitTask[] = ['read', 'announce', ...comment];
  if (role === 'reader') return reading;
  const writing: readonly GitTask[] = usesPullRequests(settings) ? ['commit', 'propose'] : ['commit'];
  return hasReader(settings) ? writing : [...writing, ...reading];
}
