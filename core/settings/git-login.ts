/**
 * Who the pipeline is at the git host, and what it asks for there. There may be two logins: the writer, which commits, and the reader,
 * which does all else. Only the commit step has the writer's secret then.
 */
import { hasReader, type Settings } from './schema';

export type GitRole = 'writer' | 'reader';

/** A GitHub App, as installed on the repository. */
interface GitApp {
  readonly appId: number;
  readonly installationId: number;
}

/** What steps do at the git host. */
export type GitTask = 'read' | 'commit' | 'announce' | 'comment';

export type GitPermissions = Readonly<Record<string, 'read' | 'write'>>;

/** The narrowest permissions for each, in GitHub's words: https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps */
const PERMISSIONS: Readonly<Record<GitTask, GitPermissions>> = {
  read: { contents: 'read' },
  commit: { contents: 'write' },
  announce: { checks: 'write' },
  comment: { pull_requests: 'write' },
};

/** Check runs are for Apps only; a token of a person writes commit statuses. */
const OF_TOKENS = { ...PERMISSIONS, announce: { statuses: 'write' } } as const;

/** What a GitHub token, or one that an App makes, must be allowed for these tasks, and no more. */
export function gitPermissions(tasks: readonly GitTask[], whose: 'app' | 'token'): GitPermissions {
  const permissions: Readonly<Record<GitTask, GitPermissions>> = whose === 'app' ? PERMISSIONS : OF_TOKENS;
  const wanted = tasks.flatMap((task) => Object.entries(permissions[task]));
  // To write includes to read.
  const levels = wanted.sort(([, one], [, other]) => (one === other ? 0 : one === 'read' ? -1 : 1));
  return Object.fromEntries(levels);
}

/** The App that a login is; undefined if it is a plain token. Without a reader the writer is both. */
export function gitApp({ git }: Settings, role: GitRole): GitApp | undefined {
  if (git.host !== 'github') return undefined;
  if (role === 'writer' || git.reader === undefined) return git.app;
  return git.reader === 'token' ? undefined : git.reader;
}

/** All that a login is used for. */
export function gitTasks(settings: Settings, role: GitRole): readonly GitTask[] {
  const comment: readonly GitTask[] = settings.pullRequests.comment ? ['comment'] : [];
  const reading: readonly GitTask[] = ['read', 'announce', ...comment];
  if (role === 'reader') return reading;
  return hasReader(settings) ? ['commit'] : ['commit', ...reading];
}

// Where people see the monorepo in a browser.

/** The repository's web address; undefined for one on disk. A host of one's own has its API on the same name as its pages. */
export function repositoryUrl(git: Settings['git']): string | undefined {
  if (git.host === 'local') return undefined;
  const { protocol, host } = new URL(git.apiUrl);
  // Only github.com answers for its API under another name.
  return `${protocol}//${host === 'api.github.com' ? 'github.com' : host}/${git.repository}`;
}
