/** What `pipeline doctor` looks at on the git host: what the pipeline may do there, and whether its webhook delivers. */
import type { DeployedStack } from '../adapters/aws/account';
import type { GitHostHooks, GitHostRights } from '../adapters/git/git-host-access';
import { createGitHubHooks } from '../adapters/git/github-hooks';
import { readGitHubRights } from '../adapters/git/github-rights';
import { createGitLabHooks } from '../adapters/git/gitlab-hooks';
import { readGitLabRights } from '../adapters/git/gitlab-rights';
import { type Finding, later, ok, problem } from '../core/doctor/finding';
import { judgeDeliveries, judgeHook, type WantedHook } from '../core/doctor/judge-webhook';
import type { Clock } from '../core/ports';
import type { Settings } from '../core/settings';
import { look } from './doctor-check';
import { type GitLogin, HOOK_PERMISSIONS, neededPermissions, ownLogin, pipelineLogin } from './git-login';

export interface GitCheckOptions {
  readonly settings: Settings;
  readonly stack: DeployedStack | undefined;
  /** What the stack's secret holds; undefined if there is none that can be used. */
  readonly secret: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

type RemoteGit = Exclude<Settings['git'], { readonly host: 'local' }>;

/** Checks the git host. */
export async function checkGitHost(options: GitCheckOptions): Promise<readonly Finding[]> {
  const { git } = options.settings;
  if (git.host === 'local')
    return [problem('git host', "is 'local', which AWS cannot see", 'set git.host in the settings')];
  return [...(await checkRights(git, options)), ...(await checkWebhook(git, options))];
}

/** The webhooks of the repository, by a login. */
export function hooksOf(git: RemoteGit, { token }: GitLogin, clock: Clock): GitHostHooks {
  const options = { repository: git.repository, apiUrl: git.apiUrl, token, clock };
  return git.host === 'github' ? createGitHubHooks(options) : createGitLabHooks(options);
}

/** A token of one's own first: the pipeline's need not be allowed to do this. Undefined if there is none at all. */
export function hookLogin({ settings, secret, env, clock }: GitCheckOptions): GitLogin | undefined {
  const own = ownLogin(settings, env);
  if (own !== undefined || secret === undefined) return own;
  return pipelineLogin(settings, secret, HOOK_PERMISSIONS, clock);
}

async function checkRights(git: RemoteGit, options: GitCheckOptions): Promise<readonly Finding[]> {
  const { settings, secret, env, clock } = options;
  const check = 'git permissions';
  const deployed =
    secret === undefined ? undefined : pipelineLogin(settings, secret, neededPermissions(settings), clock);
  const login = deployed ?? ownLogin(settings, env);
  if (login === undefined) {
    return [later(check, 'no token to ask with', `${tokenName(git)}=... npx pipeline doctor`)];
  }
  return look(check, mendRights(settings, git), async () => {
    const { missing, facts } = await rightsOf(git, login, options);
    const text = `${login.whose}: ${facts.join('; ')}`;
    if (missing.length === 0) return ok(check, text);
    return problem(check, `${text}; missing: ${missing.join(', ')}`, mendRights(settings, git));
  });
}

function rightsOf(git: RemoteGit, { token }: GitLogin, { settings, clock }: GitCheckOptions): Promise<GitHostRights> {
  const options = { repository: git.repository, apiUrl: git.apiUrl, token, clock };
  if (git.host === 'gitlab') return readGitLabRights(options);
  return readGitHubRights({ ...options, comments: settings.pullRequests.comment });
}

async function checkWebhook(git: RemoteGit, options: GitCheckOptions): Promise<readonly Finding[]> {
  const { settings, stack, clock } = options;
  const url = stack?.outputs.WebhookUrl;
  if (url === undefined) return [later('webhook', 'the stack gives it its address')];
  const login = hookLogin(options);
  const set = `npx pipeline setup ${git.host}`;
  if (login === undefined) {
    return [later('webhook', 'no token to ask with', `${tokenName(git)}=... npx pipeline doctor`)];
  }
  const hooks = hooksOf(git, login, clock);
  // A token of the pipeline's own need not see webhooks.
  const mend = `${tokenName(git)}=... npx pipeline doctor, with a token that may read webhooks`;
  const wanted: WantedHook = { url, events: settings.pullRequests.comment ? ['push', 'pull_request'] : ['push'] };
  return look('webhook', mend, async () => {
    const all = await hooks.list();
    const found = judgeHook(all, wanted, set);
    const ours = all.find((hook) => hook.url === url);
    if (ours === undefined) return found;
    const deliveries = await look('webhook deliveries', mend, async () =>
      judgeDeliveries(await hooks.deliveries(ours.id)),
    );
    return [found, ...deliveries];
  });
}

function tokenName(git: RemoteGit): string {
  return git.host === 'github' ? 'GITHUB_TOKEN' : 'GITLAB_TOKEN';
}

function mendRights(settings: Settings, git: RemoteGit): string {
  if (git.host === 'gitlab') {
    return `make a project access token with role maintainer and scopes api, write_repository, and put it into the git secret`;
  }
  const wanted = Object.entries(neededPermissions(settings)).map(([name, level]) => `${name}: ${level}`);
  if (git.app !== undefined) {
    return `grant the App ${wanted.join(', ')}, and accept at https://github.com/settings/installations/${git.app.installationId}`;
  }
  return `make a token for ${git.repository} with ${wanted.join(', ')} at https://github.com/settings/personal-access-tokens/new, and put it into the git secret`;
}
