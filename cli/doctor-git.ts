/** What `pipeline doctor` looks at on the git host: what the pipeline may do there, and whether its webhook delivers. */
import type { DeployedStack } from '../adapters/aws/account';
import type { GitHostHooks } from '../adapters/git/git-host-access';
import { createGitHubHooks } from '../adapters/git/github-hooks';
import { createGitLabHooks } from '../adapters/git/gitlab-hooks';
import { type Finding, later, problem } from '../core/doctor/finding';
import { judgeDeliveries, judgeHook, type WantedHook } from '../core/doctor/judge-webhook';
import type { Clock } from '../core/ports';
import type { Settings } from '../core/settings';
import { look } from './doctor-check';
import { checkGitRights } from './doctor-git-rights';
import {
  type GitLogin,
  type GitSecrets,
  HOOK_PERMISSIONS,
  ownLogin,
  pipelineLogin,
  type RemoteGit,
  tokenName,
} from './git-login';

export interface GitCheckOptions {
  readonly settings: Settings;
  readonly stack: DeployedStack | undefined;
  readonly gitSecrets: GitSecrets;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Checks the git host. */
export async function checkGitHost(options: GitCheckOptions): Promise<readonly Finding[]> {
  const { git } = options.settings;
  if (git.host === 'local')
    return [problem('git host', "is 'local', which AWS cannot see", 'set git.host in the settings')];
  return [...(await checkGitRights(git, options)), ...(await checkWebhook(git, options))];
}

/** The webhooks of the repository, by a login. */
export function hooksOf(git: RemoteGit, { token }: GitLogin, clock: Clock): GitHostHooks {
  const options = { repository: git.repository, apiUrl: git.apiUrl, token, clock };
  return git.host === 'github' ? createGitHubHooks(options) : createGitLabHooks(options);
}

/** A token of one's own first: the pipeline's need not be allowed to do this. Undefined if there is none at all. */
export function hookLogin({ settings, gitSecrets, env, clock }: Omit<GitCheckOptions, 'stack'>): GitLogin | undefined {
  const own = ownLogin(settings, env);
  const { writer } = gitSecrets;
  if (own !== undefined || writer === undefined) return own;
  return pipelineLogin(settings, { role: 'writer', value: writer }, HOOK_PERMISSIONS, clock);
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
