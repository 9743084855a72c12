/** The checks of `pipeline doctor` on the git host: the rights of the pipeline's login, and its webhook. */
import type { DeployedStack } from '../../adapters/aws/account';
import type { GitHostHooks, GitHostRights } from '../../adapters/git/git-host-access';
import { KNOWN_HOSTS, type RemoteGit } from '../../adapters/git/known-hosts';
import { HttpError } from '../../adapters/http/http-error';
import { type Finding, later, ok, problem } from '../../core/doctor/finding';
import { gitSecretName } from '../../core/doctor/judge-secrets';
import { judgeDeliveries, judgeHook, type WantedHook } from '../../core/doctor/judge-webhook';
import type { GitHost, ValuesGit } from '../../core/ports/git';
import type { Clock } from '../../core/ports/store';
import { filesOf, writtenPaths } from '../../core/settings/files/environment-files';
import { valuesSettings } from '../../core/settings/files/values-repository';
import {
  type GitPermissions,
  type GitRole,
  gitApp,
  gitContent,
  gitPermissions,
  gitTasks,
  hasReader,
} from '../../core/settings/git-login';
import {
  deployedLogin,
  type GitLogin,
  type GitSecrets,
  HOOK_PERMISSIONS,
  hostOptions,
  type LoginOptions,
  ownLogin,
  tokenName,
} from './git-login';
import { checkPushes } from './pushes';
import { runCheck } from './run-check';

interface GitCheckOptions extends LoginOptions {
  readonly stack: DeployedStack | undefined;
  readonly valuesGitSecrets: GitSecrets;
  /** True if the catalog publishes Go modules, whose versions are tags of the monorepo. */
  readonly tagsModules?: boolean;
}

type TaskOptions = Pick<GitCheckOptions, 'settings' | 'tagsModules'>;

export async function checkGitHost(options: GitCheckOptions): Promise<readonly Finding[]> {
  const { git } = options.settings;
  if (git.host === 'local')
    return [problem('git host', "is 'local', which AWS cannot reach", 'set git.host in the settings')];
  const rights = await checkGitRights(git, options);
  const webhook = await checkWebhook(git, options);
  return [...rights, ...(await checkPushes(git, options)), ...webhook, ...(await checkValuesRepository(options))];
}

/** Returns the options for the values repository; undefined if the monorepo has the values files. */
function valuesOptions<Options extends Omit<GitCheckOptions, 'stack'>>(options: Options): Options | undefined {
  const values = valuesSettings(options.settings);
  if (values === undefined) return undefined;
  const { git } = options.settings;
  // A person's token of one server must not be sent to another one.
  const isSameServer = git.host !== values.git.host || ('apiUrl' in git && git.apiUrl === Object(values.git).apiUrl);
  return {
    ...options,
    settings: values,
    gitSecrets: options.valuesGitSecrets,
    env: isSameServer ? options.env : {},
  };
}

/** Checks logins and rules of the values repository, and that its branch has the values files. Nothing is written. */
async function checkValuesRepository(all: GitCheckOptions): Promise<readonly Finding[]> {
  const options = valuesOptions(all);
  if (options === undefined || options.settings.git.host === 'local') return [];
  const { git } = options.settings;
  const rights = await checkGitRights(git, options);
  return [...rights, ...(await checkPushes(git, options)), ...(await checkValuesFiles(options))];
}

async function checkValuesFiles(options: GitCheckOptions): Promise<readonly Finding[]> {
  const { environments, valuesRepository } = options.settings;
  const host = openGitHost(options);
  // The check of the rights says already that there is no token.
  if (host === undefined || valuesRepository === undefined) return [];
  const { branch } = valuesRepository;
  const check = 'values repository';
  return runCheck(check, 'give its login the right to read the repository', async () => {
    const head = await host.head(branch);
    if (head === undefined) return problem(check, `has no branch ${branch}`, `git push origin HEAD:${branch}`);
    const paths = environments.flatMap((environment) => writtenPaths(filesOf(environment)));
    const found = await host.readFiles(head, paths);
    const missing = paths.filter((path) => !found.has(path));
    if (missing.length === 0) return ok(check, `${branch} has ${paths.length} values files and charts`);
    const text = `branch ${branch} has no ${missing.join(', ')}`;
    return problem(check, text, 'commit them there, or correct environments in the settings');
  });
}

/** Opens the repository with the values files read-only, likewise: the monorepo, unless the settings name another one. */
export function openValuesGit(options: Omit<GitCheckOptions, 'stack'>): ValuesGit | undefined {
  return openGitHost(valuesOptions(options) ?? options);
}

/** Opens the webhooks of the repository. */
export function hooksOf(git: RemoteGit, login: GitLogin, clock: Clock): GitHostHooks {
  const { webhook } = KNOWN_HOSTS[git.host];
  if (webhook === undefined) throw new Error(`${git.host} has no webhooks`);
  return webhook.hooks(hostOptions(git, login, clock));
}

/** Returns a login for webhooks: a person's own token if there is one, because the pipeline's login may not be allowed to read them. */
export function hookLogin(options: LoginOptions): GitLogin | undefined {
  return ownLogin(options.settings, options.env) ?? deployedLogin(options, 'writer', HOOK_PERMISSIONS);
}

/** Opens the repository in `settings.git` read-only, with a person's own token or the pipeline's login. Returns undefined without either. */
function openGitHost(options: LoginOptions): GitHost | undefined {
  const { settings, env, clock } = options;
  const { git } = settings;
  if (git.host === 'local') return undefined;
  const login = ownLogin(settings, env) ?? deployedLogin(options, 'writer', gitPermissions(['read'], 'app'));
  return login && KNOWN_HOSTS[git.host].open(hostOptions(git, login, clock));
}

async function checkWebhook(git: RemoteGit, options: GitCheckOptions): Promise<readonly Finding[]> {
  const { settings, stack, clock } = options;
  if (KNOWN_HOSTS[git.host].webhook === undefined)
    return [ok('webhook', 'none: an event rule of the stack starts runs')];
  const url = stack?.outputs.WebhookUrl;
  if (url === undefined) return [later('webhook', 'the stack creates its address')];
  const login = hookLogin(options);
  if (login === undefined) {
    return [later('webhook', 'not checked, because there is no token', `${tokenName(git)}=... npx pipeline doctor`)];
  }
  const hooks = hooksOf(git, login, clock);
  const fix = `${tokenName(git)}=... npx pipeline doctor, with a token that may read webhooks`;
  const wanted: WantedHook = { url, events: settings.pullRequests.comment ? ['push', 'pull_request'] : ['push'] };
  return runCheck('webhook', fix, async () => {
    const all = await hooks.list();
    const found = judgeHook(all, wanted, `npx pipeline setup ${git.host}`);
    const ours = all.find((hook) => hook.url === url);
    if (ours === undefined) return found;
    if (!KNOWN_HOSTS[git.host].abilities.listsDeliveries) return [found];
    const deliveries = await runCheck('webhook deliveries', fix, async () =>
      judgeDeliveries(await hooks.deliveries(ours.id)),
    );
    return [found, ...deliveries];
  });
}

/** Checks each login for missing rights, and for rights that it should not have. */
async function checkGitRights(git: RemoteGit, options: GitCheckOptions): Promise<readonly Finding[]> {
  const all: readonly GitRole[] = hasReader(options.settings) ? ['writer', 'reader'] : ['writer'];
  // Beside a values repository and a reader, the first login of the monorepo may have nothing to do.
  const roles = all.filter((role) => gitTasks(options.settings, role, options.tagsModules).length > 0);
  return (await Promise.all(roles.map((role) => checkRole(git, role, options)))).flat();
}

async function checkRole(git: RemoteGit, role: GitRole, options: GitCheckOptions): Promise<readonly Finding[]> {
  const { settings, env } = options;
  const of = gitContent(settings) === 'values' ? ' of the values repository' : '';
  const check = `git permissions${role === 'writer' ? '' : ' of the reader'}${of}`;
  // A person's own token stands in for the writer's before the first deployment, but not for the reader's.
  const own = role === 'writer' ? ownLogin(settings, env) : undefined;
  const login = deployedLogin(options, role, wantedOf(options, role)) ?? own;
  if (login === undefined) {
    if (role === 'reader') return [later(check, 'its secret does not exist yet')];
    return [later(check, 'not checked, because there is no token', `${tokenName(git)}=... npx pipeline doctor`)];
  }
  const fix = fixRights(options, git, role);
  return runCheck(check, fix, async () => {
    const { missing, excess, facts } = await rightsOf(git, role, login, options);
    const faults = [
      ...(missing.length === 0 ? [] : [`missing: ${missing.join(', ')}`]),
      ...(excess.length === 0 ? [] : [`may do more than it should: ${excess.join(', ')}`]),
    ];
    const text = [`${login.whose}: ${facts.join('; ')}`, ...faults].join('; ');
    return faults.length === 0 ? ok(check, text) : problem(check, text, fix);
  });
}

async function rightsOf(
  git: RemoteGit,
  role: GitRole,
  login: GitLogin,
  options: GitCheckOptions,
): Promise<GitHostRights> {
  const { settings, clock, tagsModules } = options;
  const { isApp } = login;
  const tasks = gitTasks(settings, role, tagsModules);
  const rights = await KNOWN_HOSTS[git.host].rights({ ...hostOptions(git, login, clock), tasks, isApp });
  // Only a reader promises that it cannot commit. The other login may be more than tags and statuses need.
  if (role === 'writer') return { ...rights, excess: [] };
  return isApp && (await mayCommit(options)) ? { ...rights, excess: ['contents: write'] } : rights;
}

/** Returns true if the reader's App may commit: GitHub refuses a token with write permission (422) if the App does not have it. */
async function mayCommit(options: GitCheckOptions): Promise<boolean> {
  try {
    const token = await deployedLogin(options, 'reader', gitPermissions(['commit'], 'app'))?.token();
    return token !== undefined;
  } catch (error) {
    if (error instanceof HttpError && error.status === 422) return false;
    throw error;
  }
}

function wantedOf({ settings, tagsModules }: TaskOptions, role: GitRole): GitPermissions {
  return gitPermissions(gitTasks(settings, role, tagsModules), gitApp(settings, role) === undefined ? 'token' : 'app');
}

function fixRights(options: TaskOptions, git: RemoteGit, role: GitRole): string {
  const { settings, tagsModules } = options;
  const isMonorepo = gitContent(settings) !== 'values';
  const secret = role === 'writer' && isMonorepo ? 'the git secret' : `the ${gitSecretName(settings, role)}`;
  const login = KNOWN_HOSTS[git.host].makeLogin?.(role, git.repository, gitTasks(settings, role, tagsModules));
  if (login !== undefined) return `${login}, and put it into ${secret}`;
  const wanted = Object.entries(wantedOf(options, role)).map(([name, level]) => `${name}: ${level}`);
  const app = gitApp(settings, role);
  if (app !== undefined) {
    return `grant the App ${wanted.join(', ')}${role === 'reader' ? ' and no more' : ''}, and accept at https://github.com/settings/installations/${app.installationId}`;
  }
  return `make a token for ${git.repository} with ${wanted.join(', ')} at https://github.com/settings/personal-access-tokens/new, and put it into ${secret}`;
}
