/** What `pipeline doctor` says of the pipeline's logins at the git host: what they may not do and should, or may do and should not. */
import type { GitHostRights } from '../adapters/git/git-host-access';
import { readGitHubRights } from '../adapters/git/github-rights';
import { readGitLabRights } from '../adapters/git/gitlab-rights';
import { HttpError } from '../adapters/http/http-error';
import { type Finding, later, ok, problem } from '../core/doctor/finding';
import { type GitPermissions, type GitRole, gitApp, gitPermissions, gitTasks } from '../core/git-login';
import { hasReader, type Settings } from '../core/settings';
import { look } from './doctor-check';
import type { GitCheckOptions } from './doctor-git';
import { type GitLogin, ownLogin, pipelineLogin, type RemoteGit, tokenName } from './git-login';

/** One finding for each login. */
export async function checkGitRights(git: RemoteGit, options: GitCheckOptions): Promise<readonly Finding[]> {
  const roles: readonly GitRole[] = hasReader(options.settings) ? ['writer', 'reader'] : ['writer'];
  return (await Promise.all(roles.map((role) => checkRole(git, role, options)))).flat();
}

async function checkRole(git: RemoteGit, role: GitRole, options: GitCheckOptions): Promise<readonly Finding[]> {
  const { settings, gitSecrets, env, clock } = options;
  const check = role === 'writer' ? 'git permissions' : 'git permissions of the reader';
  const value = gitSecrets[role];
  const wanted = wantedOf(settings, role);
  const deployed = value === undefined ? undefined : pipelineLogin(settings, { role, value }, wanted, clock);
  // A person's own token says nothing of the reader's.
  const login = deployed ?? (role === 'writer' ? ownLogin(settings, env) : undefined);
  if (login === undefined) {
    if (role === 'reader') return [later(check, 'its secret is not there yet')];
    return [later(check, 'no token to ask with', `${tokenName(git)}=... npx pipeline doctor`)];
  }
  const mend = mendRights(settings, git, role);
  return look(check, mend, async () => {
    const { missing, excess, facts } = await rightsOf(git, role, login, options);
    const faults = [
      ...(missing.length === 0 ? [] : [`missing: ${missing.join(', ')}`]),
      ...(excess.length === 0 ? [] : [`may do more than it should: ${excess.join(', ')}`]),
    ];
    const text = [`${login.whose}: ${facts.join('; ')}`, ...faults].join('; ');
    return faults.length === 0 ? ok(check, text) : problem(check, text, mend);
  });
}

async function rightsOf(
  git: RemoteGit,
  role: GitRole,
  { token, isApp }: GitLogin,
  options: GitCheckOptions,
): Promise<GitHostRights> {
  const { settings, clock } = options;
  const asked = { repository: git.repository, apiUrl: git.apiUrl, token, clock, tasks: gitTasks(settings, role) };
  if (git.host === 'gitlab') return readGitLabRights(asked);
  const rights = await readGitHubRights({ ...asked, isApp });
  const isTooMuch = role === 'reader' && isApp && (await mayCommit(options));
  return isTooMuch ? { ...rights, excess: ['contents: write'] } : rights;
}

/** A token that was made for reading does not show what the reader's App was granted: GitHub refuses to make one for more than that. */
async function mayCommit({ settings, gitSecrets, clock }: GitCheckOptions): Promise<boolean> {
  const { reader: value } = gitSecrets;
  if (value === undefined) return false;
  try {
    await pipelineLogin(settings, { role: 'reader', value }, gitPermissions(['commit'], 'app'), clock).token();
    return true;
  } catch (error) {
    if (error instanceof HttpError && error.status === 422) return false;
    throw error;
  }
}

function wantedOf(settings: Settings, role: GitRole): GitPermissions {
  return gitPermissions(gitTasks(settings, role), gitApp(settings, role) === undefined ? 'token' : 'app');
}

function mendRights(settings: Settings, git: RemoteGit, role: GitRole): string {
  const secret = role === 'writer' ? 'the git secret' : 'the secret of the git reader';
  if (git.host === 'gitlab') {
    const kind =
      role === 'writer' ? 'maintainer and scopes api, write_repository' : 'developer and scopes api, read_repository';
    return `make a project access token with role ${kind}, and put it into ${secret}`;
  }
  const wanted = Object.entries(wantedOf(settings, role)).map(([name, level]) => `${name}: ${level}`);
  const app = gitApp(settings, role);
  if (app !== undefined) {
    return `grant the App ${wanted.join(', ')}${role === 'reader' ? ' and no more' : ''}, and accept at https://github.com/settings/installations/${app.installationId}`;
  }
  return `make a token for ${git.repository} with ${wanted.join(', ')} at https://github.com/settings/personal-access-tokens/new, and put it into ${secret}`;
}
