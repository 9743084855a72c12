/** The branch of a run, and the branch rule that allows the run there. */
import { InvalidInputError } from '../contract/errors';
import type { ExecutionInput } from '../contract/run-input';
import { type BranchRule, branchRule, type Settings } from '../settings/schema';

/** A branch without `refs/heads/`, and its rule. */
export interface RunBranch {
  readonly branch: string;
  readonly rule: BranchRule;
}

/**
 * Returns the branch that the input names; without one, the first branch rule that allows the action and is not a pattern. Throws
 * `InvalidInput` if the rules do not allow it.
 */
export function runBranch(input: ExecutionInput, settings: Settings): RunBranch {
  const allowing = settings.branches.filter(({ allow }) => allow.includes(input.action)).map(({ branch }) => branch);
  const branch = input.ref?.replace(/^refs\/heads\//, '') ?? allowing.find((pattern) => !pattern.includes('*'));
  if (branch === undefined) {
    const message = `is missing, and every branch rule that allows ${input.action} is a pattern; name a branch`;
    throw new InvalidInputError('the run was refused', [{ path: 'ref', message }]);
  }
  const rule = branchRule(settings, branch);
  if (rule?.allow.includes(input.action)) return { branch, rule };
  const message = `the branch rules do not allow ${input.action} on '${branch}'; it is allowed on: ${allowing.join(', ') || 'no branch'}`;
  throw new InvalidInputError('the run was refused', [{ path: 'ref', message }]);
}
