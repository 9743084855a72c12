/** Who asks a git host: the pipeline, by the secret of its stack, or the person at this machine, by a token of their own. */
import { createGitHubAppToken } from '../adapters/git/github-app-token';
import type { Clock } from '../core/ports';
import type { Settings } from '../core/settings';

/** `whose` says it for people. */
export interface GitLogin {
  readonly whose: string;
  /** Throws `GitHostError` if there is none to be had. */
  readonly token: () => Promise<string>;
}

type Permissions = Readonly<Record<string, 'read' | 'write'>>;

/** What an App's installation must allow, so that runs can do their work. */
export function neededPermissions({ pullRequests }: Settings): Permissions {
  const always = { contents: 'write', statuses: 'write' } as const;
  return pullRequests.comment ? { ...always, pull_requests: 'write' } : always;
}

/** What an App's installation must allow, so that it can make webhooks. Runs never ask for it. */
export const HOOK_PERMISSIONS: Permissions = { repository_hooks: 'write' };

/** The login that the secret's text is. An App's tokens are for these permissions only. */
export function pipelineLogin(settings: Settings, secret: string, permissions: Permissions, clock: Clock): GitLogin {
  const { git } = settings;
  if (git.host !== 'github' || git.app === undefined) {
    return { whose: "the pipeline's token", token: async () => secret };
  }
  const { apiUrl, repository, app } = git;
  const options = { apiUrl, repository, ...app, permissions, privateKey: async () => secret, clock };
  return { whose: 'the GitHub App', token: createGitHubAppToken(options) };
}

/** The token in the environment: `GITHUB_TOKEN` or `GH_TOKEN`, `GITLAB_TOKEN`. */
export function ownLogin({ git }: Settings, env: Readonly<Record<string, string | undefined>>): GitLogin | undefined {
  const names = { github: ['GITHUB_TOKEN', 'GH_TOKEN'], gitlab: ['GITLAB_TOKEN'], local: [] }[git.host];
  const name = names.find((each) => env[each]);
  const value = name === undefined ? undefined : env[name];
  return value === undefined || name === undefined ? undefined : { whose: name, token: async () => value };
}
