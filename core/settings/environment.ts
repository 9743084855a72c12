/** Environments: which values file a run moves, and what lies beside it. */
import { InvalidInputError } from '../contract/errors';
import type { RecordedInput, SourceInput } from '../contract/run-input';
import { imageVersionsPath, versionLockPath } from '../version/version-lock';
import type { BranchRule, Environment, Settings } from './schema';

/** The files that a commit of ours may write. */
type EnvironmentFiles = Readonly<Record<'values' | 'lock' | 'images', string>>;

/** Paths in the monorepo. */
export function filesOf({ values }: Environment): EnvironmentFiles {
  return { values, lock: versionLockPath(values), images: imageVersionsPath(values) };
}

/** Throws `InvalidInput` that names those there are. */
export function environmentNamed({ environments }: Pick<Settings, 'environments'>, name: string): Environment {
  const found = environments.find((environment) => environment.name === name);
  if (found !== undefined) return found;
  const known = environments.map((environment) => environment.name).join(', ');
  throw new InvalidInputError('the run was refused', [
    { path: 'environment', message: `'${name.slice(0, 80)}' is no environment of the settings; there are: ${known}` },
  ]);
}

/** The environment that a run moves: the one it names, else its branch's, else the first. */
export function environmentOf(settings: Settings, rule: BranchRule, input: SourceInput | RecordedInput): Environment {
  const named = 'environment' in input ? input.environment : undefined;
  return environmentNamed(settings, named ?? rule.environment ?? settings.environments[0]?.name ?? '');
}

/** The environment from which one is promoted to this one: that before it; the first has none before it but itself. */
export function environmentBefore({ environments }: Pick<Settings, 'environments'>, to: Environment): Environment {
  const index = environments.findIndex(({ name }) => name === to.name);
  return environments[index - 1] ?? to;
}

// Where to look for what was released earlier.

/** A version lock on a branch. */
export interface LockPath {
  readonly branch: string;
  readonly path: string;
}

/**
 * Places, the likeliest first. A rollback looks where it writes. A promotion looks where it was tested: in the environment before the
 * one that it names, else in that of its branch; there on the branches whose rules name the environment and are no pattern.
 */
export function lockPaths(
  input: RecordedInput,
  { branch, environment }: { readonly branch: string; readonly environment: Environment },
  settings: Settings,
): readonly LockPath[] {
  const isNext = input.action === 'promote' && input.environment !== undefined;
  const tested = isNext ? environmentBefore(settings, environment) : environment;
  const { lock: path } = filesOf(tested);
  if (input.action === 'rollback') return [{ branch, path }];
  const first = settings.environments[0]?.name;
  const homes = settings.branches
    .filter((rule) => (rule.environment ?? first) === tested.name && !rule.branch.includes('*'))
    .map((rule) => rule.branch);
  const isHome = tested.name === environment.name || homes.includes(branch);
  // On a branch that is not its home an environment's lock is a copy, as old as the last merge.
  const branches = isHome ? [branch, ...homes] : [...homes, branch];
  return [...new Set(branches)].map((each) => ({ branch: each, path }));
}
