/** What is wrong with settings of which each by itself is right. */
import type { Problem } from './errors';
import type { BranchRule, Environment, Settings } from './settings';
import { versionLockPath } from './version/version-lock';

/** All problems, in the order of the settings. */
export function settingsProblems(settings: Settings): Problem[] {
  return [
    ...readerProblems(settings),
    ...environmentProblems(settings),
    ...candidateProblems(settings),
    ...branchProblems(settings.branches),
    ...commentProblems(settings),
  ];
}

/** The same App twice would be the same rights twice. */
function readerProblems({ git }: Settings): Problem[] {
  if (git.host !== 'github' || git.reader === undefined || git.reader === 'token') return [];
  if (git.reader.appId !== git.app?.appId) return [];
  const message = `is ${git.reader.appId}, the App that commits; make a second App without the right to write contents, or leave git.reader out`;
  return [{ path: 'git.reader.appId', message }];
}

/** Two environments that share a file would overwrite each other's versions. */
function environmentProblems({ environments, branches }: Settings): Problem[] {
  return [...environments.flatMap((_, index) => twinsOf(environments, index)), ...unknownOf(environments, branches)];
}

function twinsOf(environments: readonly Environment[], index: number): Problem[] {
  const environment = environments[index];
  const others = environments.slice(0, index);
  if (environment === undefined) return [];
  const problem = (field: string, message: string) => ({ path: `environments.${index}.${field}`, message });
  const same = others.find(({ values }) => versionLockPath(values) === versionLockPath(environment.values));
  return [
    ...(others.some(({ name }) => name === environment.name)
      ? [problem('name', `'${environment.name}' is there for the second time`)]
      : []),
    ...(same === undefined
      ? []
      : [problem('values', `${environment.values} has the version lock of environment '${same.name}', too`)]),
  ];
}

function unknownOf(environments: readonly Environment[], branches: readonly BranchRule[]): Problem[] {
  const known = environments.map(({ name }) => name);
  return branches.flatMap(({ branch, environment }, index) => {
    if (environment === undefined || known.includes(environment)) return [];
    const message = `branch rule '${branch}' names the environment '${environment}'; there are: ${known.join(', ')}`;
    return [{ path: `branches.${index}.environment`, message }];
  });
}

/** Builds write candidates; what they could write among the releases would be a version. */
function candidateProblems(settings: Settings): Problem[] {
  const candidates = `${settings.candidates.host}/${settings.candidates.repository}`;
  const releases = `${settings.releases.host}/${settings.releases.namespace}/`;
  if (!candidates.startsWith(releases) && candidates !== releases.slice(0, -1)) return [];
  const message = `${candidates} lies within the release namespace ${releases}; builds could then write versions, so name a repository outside it`;
  return [{ path: 'candidates', message }];
}

function branchProblems(branches: readonly BranchRule[]): Problem[] {
  return branches.flatMap(({ branch, allow, version }, index) => {
    if (!allow.includes('push') || version !== undefined) return [];
    const message = `branch rule '${branch}' allows push and needs a version pattern such as {version}-dev`;
    return [{ path: `branches.${index}.version`, message }];
  });
}

function commentProblems({ pullRequests, git }: Settings): Problem[] {
  if (!pullRequests.comment || git.host !== 'local') return [];
  const message = "is true, and git.host is 'local'; comments are written on GitHub and GitLab";
  return [{ path: 'pullRequests.comment', message }];
}
