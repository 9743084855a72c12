/** Logins at a git host: the pipeline's, from the secret of its stack, or a person's own token. */
import { createGitHubAppToken } from '../../adapters/git/github/app-token';
import { KNOWN_HOSTS, type RemoteGit } from '../../adapters/git/known-hosts';
import type { HostOptions } from '../../adapters/git/rest';
import type { Clock } from '../../core/ports/store';
import { type GitPermissions, type GitRole, gitApp } from '../../core/settings/git-login';
import type { Settings } from '../../core/settings/schema';

export interface GitLogin {
  /** Names the login in messages. */
  readonly whose: string;
  /** True for a GitHub App, which announces runs by check runs. */
  readonly isApp: boolean;
  /** Throws `GitHostError` if the git host issues none. */
  readonly token: () => Promise<string>;
}

/** The permissions that let a GitHub App create webhooks. Runs do not need them. */
export const HOOK_PERMISSIONS: GitPermissions = { repository_hooks: 'write' };

/** The values of the stack's git secrets by role; undefined if a secret is missing or not valid. */
export type GitSecrets = Readonly<Record<GitRole, string | undefined>>;
export const NO_GIT_SECRETS: GitSecrets = { writer: undefined, reader: undefined };

export interface PipelineSecret {
  readonly role: GitRole;
  readonly value: string;
}

/** Returns the login in a secret. A GitHub App gets tokens with these permissions only. */
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

/** Where logins come from. */
export interface LoginOptions {
  readonly settings: Settings;
  readonly gitSecrets: GitSecrets;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Returns the login in the secret of a role, as `pipelineLogin` does; undefined without a value. */
export function deployedLogin(
  { settings, gitSecrets, clock }: LoginOptions,
  role: GitRole,
  permissions: GitPermissions,
): GitLogin | undefined {
  const value = gitSecrets[role];
  return value === undefined ? undefined : pipelineLogin(settings, { role, value }, permissions, clock);
}

/** Returns the options of the host's adapters. */
export function hostOptions({ repository, apiUrl }: RemoteGit, { token }: GitLogin, clock: Clock): HostOptions {
  return { repository, apiUrl, token, clock };
}

/** Returns a person's own token from the environment, such as `GITHUB_TOKEN`. CodeCommit has AWS credentials instead. */
export function ownLogin({ git }: Settings, env: Readonly<Record<string, string | undefined>>): GitLogin | undefined {
  // The SDK finds them.
  if (git.host === 'codecommit') return { whose: 'your AWS credentials', isApp: false, token: async () => '' };
  const names = git.host === 'local' ? [] : KNOWN_HOSTS[git.host].tokenNames;
  const name = names.find((each) => env[each]);
  const value = name === undefined ? undefined : env[name];
  return value === undefined || name === undefined
    ? undefined
    : { whose: name, isApp: false, token: async () => value };
}

/** Returns the variable of a person's own token. */
export function tokenName(git: RemoteGit): string {
  return KNOWN_HOSTS[git.host].tokenNames[0];
}
