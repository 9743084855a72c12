/** The check of `pipeline doctor` if the pipeline could commit: whether the git host would refuse a push to a branch of the settings. */
import { KNOWN_HOSTS, type RemoteGit } from '../../adapters/git/known-hosts';
import { type Finding, ok, problem } from '../../core/doctor/finding';
import type { PushRules } from '../../core/ports/pull-request';
import { gitApp, gitContent, gitPermissions } from '../../core/settings/git-login';
import type { BranchRule, Settings } from '../../core/settings/schema';
import { deployedLogin, type GitLogin, hostOptions, type LoginOptions, ownLogin } from './git-login';
import { runCheck } from './run-check';

/** Returns one finding for each branch that runs commit to and that the settings name; patterns of branches are left out. Nothing is pushed. */
export async function checkPushes(git: RemoteGit, options: LoginOptions): Promise<readonly Finding[]> {
  const { settings, clock } = options;
  const rules = committedTo(settings);
  const login = writerLogin(options);
  // The check of the rights says already that there is no token.
  if (login === undefined) return [];
  const host = KNOWN_HOSTS[git.host].pushRules?.(hostOptions(git, login, clock));
  if (host === undefined) return [];
  return (await Promise.all(rules.map((rule) => checkBranch(rule, host, login, settings)))).flat();
}

type IndexedRule = BranchRule & { readonly index: number };

/** Returns the branches of the repository in `settings.git`. To that of a values repository, each rule leads that has no pull request. */
function committedTo(settings: Settings): readonly IndexedRule[] {
  const rules = settings.branches.map((rule, index) => ({ ...rule, index }));
  const content = gitContent(settings);
  if (content === 'source') return [];
  if (content === 'both') return rules.filter(({ branch }) => !branch.includes('*'));
  const rule = rules.find(({ pullRequest }) => pullRequest === undefined) ?? rules[0];
  return rule === undefined ? [] : [{ ...rule, branch: settings.valuesRepository?.branch ?? '' }];
}

/** The rights of the pipeline's login count. A person's own token is better than nothing. */
function writerLogin(options: LoginOptions): GitLogin | undefined {
  const { settings, env } = options;
  const permissions = gitPermissions(['commit'], gitApp(settings, 'writer') === undefined ? 'token' : 'app');
  return deployedLogin(options, 'writer', permissions) ?? ownLogin(settings, env);
}

function checkBranch(
  { branch, index, pullRequest }: IndexedRule,
  host: PushRules,
  { whose }: GitLogin,
  settings: Settings,
): Promise<readonly Finding[]> {
  const check = `push to ${branch}${gitContent(settings) === 'values' ? ' of the values repository' : ''}`;
  return runCheck(check, 'give the login the right to read the repository', async () => {
    const refusals = await host.refusals(branch);
    const why = refusals.join('; ');
    if (pullRequest !== undefined) return ok(check, `goes by pull request${why === '' ? '' : `: ${why}`}`);
    if (refusals.length === 0) return ok(check, `${whose} is not refused`);
    const fix = `set branches.${index}.pullRequest to {} in the settings, so that commits go by pull request, or let the login of the pipeline bypass the rule`;
    return problem(check, `${whose} would be refused: ${why}`, fix);
  });
}
