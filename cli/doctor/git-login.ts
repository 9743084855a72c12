/** Who asks a git host: the pipeline, by the secret of its stack, or the person at this machine, by a token of their own. */
import { createGitHubAppToken } from '../../adapters/git/github/app-token';
import type { Clock } from '../../core/ports/store';
import { type GitPermissions, type GitRole, gitApp } from '../../core/settings/git-login';
import type { Settings } from '../../core/settings/schema';

/** A git host that AWS can see. */
export type RemoteGit = Exclude<Settings['git'], { readonly host: 'local' }>;

/** `whose` says it for people. */
export interface GitLogin {
  readonly whose: string;
  /** True if it is of a GitHub App, which announces runs by check runs. */
  readonly isApp: boolean;
  /** Throws `GitHostError` if there is none to be had. */
  readonly token: () => Promise<string>;
}

/** What an App's installation must allow, so that it can make webhooks. Runs never ask for it. */
export const HOOK_PERMISSIONS: GitPermissions = { repository_hooks: 'write' };

/** What the stack's secrets hold; undefined for one that is not there or cannot be used. */
export type GitSecrets = Readonly<Record<GitRole, string | undefined>>;
export const NO_GIT_SECRETS: GitSecrets = { writer: undefined, reader: undefined };

/** A secret that was read, and whose it is. */
export interface PipelineSecret {
  readonly role: GitRole;
  readonly value: string;
}

/** The login that the secret's text is. An App's tokens are for these permissions only. */
export function pipelineLogin(
  settings: Settings,
  { role, value }: PipelineSecret,
  permissions: GitPermissions,
  clock: Clock,
): GitLogin {
  const { git } = settings;
  const app = gitApp(settings, role);
  const whose = role === 'reader' ? "the reader's" : "the pipeline's";
  if (git.host !== 'github' || app === undefined)
    return { whose: `${whose} token`, isApp: false, token: async () => value };
  const { apiUrl, repository } = git;
  const options = { apiUrl, repository, ...app, permissions, privateKey: async () => value, clock };
  return { whose: `${whose} GitHub App`, isApp: true, token: createGitHubAppToken(options) };
}

/** The token in the environment: `GITHUB_TOKEN` or `GH_TOKEN`, `GITLAB_TOKEN`. */
export function ownLogin({ git }: Settings, env: Readonly<Record<string, string | undefined>>): GitLogin | undefined {
  const names = { github: ['GITHUB_TOKEN', 'GH_TOKEN'], gitlab: ['GITLAB_TOKEN'], local: [] }[git.host];
  const name = names.find((each) => env[each]);
  const value = name === undefined ? undefined : env[name];
  return value === undefined || name === undefined
    ? undefined
    : { whose: name, isApp: false, token: async () => value };
}

/** The variable that a person's own token is in. */
export function tokenName(git: RemoteGit): string {
  return git.host === 'github' ? 'GITHUB_TOKEN' : 'GITLAB_TOKEN';
}
