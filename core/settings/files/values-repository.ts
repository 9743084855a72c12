/** The repository of values files, version locks and charts: the monorepo itself, unless the settings name another one. */
import type { Problem } from '../../contract/errors';
import { cleanPath, trimSlashes } from '../../text/clean-path';
import type { Settings } from '../schema';

type Repositories = Pick<Settings, 'git' | 'valuesRepository'>;

/** Returns the branch with the values files of runs on a branch of the monorepo: the same one, unless they have a repository of their own. */
export function valuesBranch({ valuesRepository }: Pick<Settings, 'valuesRepository'>, branch: string): string {
  return valuesRepository?.branch ?? branch;
}

/** Returns the host and login of the repository with the values files. */
export function valuesGitOf({ git, valuesRepository }: Repositories): Settings['git'] {
  return valuesRepository?.git ?? git;
}

/** Returns settings whose `git` is the values repository, for its logins; undefined if the monorepo has the values files. */
export function valuesSettings(settings: Settings): Settings | undefined {
  const { valuesRepository } = settings;
  return valuesRepository === undefined ? undefined : { ...settings, git: valuesRepository.git };
}

/** What a plan and its release record say about commits. */
interface Planned {
  readonly commit: string;
  readonly valuesCommit?: string | undefined;
}

/** Returns the commit that a run read values files and version lock at. */
export function plannedValues({ commit, valuesCommit = commit }: Planned): string {
  return valuesCommit;
}

/** Returns the problems of a repository for the values files, with the branch rules and with the monorepo. */
export function valuesRepositoryProblems(settings: Settings): Problem[] {
  if (settings.valuesRepository === undefined) return [];
  return [...sameRepository(settings), ...halfLocal(settings), ...crowdedEnvironments(settings)];
}

function sameRepository({ git, valuesRepository }: Settings): Problem[] {
  const name = valuesRepository && identity(valuesRepository.git);
  if (name !== identity(git)) return [];
  const message =
    'is the repository of the monorepo itself; leave valuesRepository out, so that one commit has both, or name another one';
  return [{ path: 'valuesRepository.git', message }];
}

/** Git hosts ignore the case of names. */
function identity(git: Settings['git']): string {
  if (git.host === 'local') return `local ${cleanPath(git.path)}`;
  return `${git.host} ${trimSlashes(git.apiUrl)} ${git.repository}`.toLowerCase();
}

/** A deployed function sees no disk, and a local run has no login of a git host. */
function halfLocal({ git, valuesRepository }: Settings): Problem[] {
  const hosts = [git.host, valuesRepository?.git.host];
  if (hosts.every((host) => host === 'local') || !hosts.includes('local')) return [];
  const message = `is '${hosts[1]}', and git.host is '${hosts[0]}'; either both repositories are folders of this machine, or none`;
  return [{ path: 'valuesRepository.git.host', message }];
}

/** All runs write to one branch there. Pushes of many branches into the files of one environment would overwrite each other. */
function crowdedEnvironments({ branches, environments }: Settings): Problem[] {
  const nameOf = (environment: string | undefined) => environment ?? environments[0]?.name;
  return branches.flatMap(({ branch, allow, environment }, index) => {
    if (!branch.includes('*') || !allow.includes('push')) return [];
    const other = branches.find((rule, at) => at !== index && nameOf(rule.environment) === nameOf(environment));
    if (other === undefined) return [];
    const message = `pushes to ${branch} would overwrite the files of environment '${nameOf(environment)}', which '${other.branch}' updates, too: the values repository has one branch; write branches, and give this rule an environment of its own, or leave push out of its allow`;
    return [{ path: `branches.${index}.environment`, message }];
  });
}
