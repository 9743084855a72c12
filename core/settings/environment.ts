/** Environments: which one a run updates, and the version locks in which it finds earlier releases. */
import { InvalidInputError } from '../contract/errors';
import type { RecordedInput, SourceInput } from '../contract/run-input';
import type { Environment } from './environment-schema';
import { filesOf } from './files/environment-files';
import { valuesBranch } from './files/values-repository';
import type { BranchRule, Settings } from './schema';

/** Returns the environment of that name. Throws `InvalidInput` with the known names. */
export function environmentNamed({ environments }: Pick<Settings, 'environments'>, name: string): Environment {
  const found = environments.find((environment) => environment.name === name);
  if (found !== undefined) return found;
  const known = environments.map((environment) => environment.name).join(', ');
  const message = `'${name.slice(0, 80)}' is not an environment of the settings; there are: ${known}`;
  throw new InvalidInputError('the run was refused', [{ path: 'environment', message }]);
}

/** Returns the environment that a run updates: the one that it names, or its branch rule's, or the first. */
export function environmentOf(settings: Settings, rule: BranchRule, input: SourceInput | RecordedInput): Environment {
  const named = 'environment' in input ? input.environment : undefined;
  return environmentNamed(settings, named ?? rule.environment ?? settings.environments[0]?.name ?? '');
}

/** Returns the environment that is promoted to this one: the one before it. The first is promoted to itself. */
export function environmentBefore({ environments }: Pick<Settings, 'environments'>, to: Environment): Environment {
  const index = environments.findIndex(({ name }) => name === to.name);
  return environments[index - 1] ?? to;
}

/** A version lock on a branch. */
export interface LockPath {
  readonly branch: string;
  readonly path: string;
}

/**
 * Returns the version locks to search for an earlier release, the likeliest first. A rollback searches the lock that it writes. A promotion
 * searches that of the environment where the version was tested: the one of its branch, or the one before the named environment. The lock is
 * read on the branches whose rules name that environment and are not patterns, or on the one branch of the values repository.
 */
export function lockPaths(
  input: RecordedInput,
  { branch, environment }: { readonly branch: string; readonly environment: Environment },
  settings: Settings,
): readonly LockPath[] {
  const isNext = input.action === 'promote' && input.environment !== undefined;
  const tested = isNext ? environmentBefore(settings, environment) : environment;
  const { lock: path } = filesOf(tested);
  if (input.action === 'rollback' || settings.valuesRepository !== undefined) {
    return [{ branch: valuesBranch(settings, branch), path }];
  }
  const first = settings.environments[0]?.name;
  const homes = settings.branches
    .filter((rule) => (rule.environment ?? first) === tested.name && !rule.branch.includes('*'))
    .map((rule) => rule.branch);
  const isHome = tested.name === environment.name || homes.includes(branch);
  // On other branches an environment's lock is a copy, as old as the last merge.
  const branches = isHome ? [branch, ...homes] : [...homes, branch];
  return [...new Set(branches)].map((each) => ({ branch: each, path }));
}
