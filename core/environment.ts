/** Environments: which values file a run moves, and what lies beside it. */

import { InvalidInputError } from './errors';
import type { RecordedInput, SourceInput } from './run-input';
import type { BranchRule, Environment, Settings } from './settings';
import { imageVersionsPath } from './version/image-versions';
import { versionLockPath } from './version/version-lock';

/** The files that a commit of ours may write. */
export type EnvironmentFiles = Readonly<Record<'values' | 'lock' | 'images', string>>;

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
