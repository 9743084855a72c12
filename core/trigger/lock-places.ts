/** Where to look for what was released earlier. */

import { environmentBefore, filesOf } from '../environment';
import type { RecordedInput } from '../run-input';
import type { Environment, Settings } from '../settings';

/** A version lock on a branch. */
export interface LockPlace {
  readonly branch: string;
  readonly path: string;
}

/**
 * Places, the likeliest first. A rollback looks where it writes. A promotion looks where it was tested: in the environment before the
 * one that it names, else in that of its branch; there on the branches whose rules name the environment and are no pattern.
 */
export function lockPlaces(
  input: RecordedInput,
  { branch, environment }: { readonly branch: string; readonly environment: Environment },
  settings: Settings,
): readonly LockPlace[] {
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
