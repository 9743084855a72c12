/** The signs of a run's pull request: the name of its branch, and the first line of its body. */
import { PROPOSALS } from '../../contract/release';

/** Returns the branch for a commit on top of `parent`. The same run and parent give the same branch. */
export function proposalBranch(run: string, parent: string): string {
  return `${PROPOSALS}${run}-${parent.slice(0, 8)}`;
}

/** Returns the run in the name of a branch, or undefined for another branch. */
export function runOfBranch(branch: string): string | undefined {
  const name = branch.startsWith(PROPOSALS) ? branch.slice(PROPOSALS.length) : '';
  return /^([A-Za-z0-9_-]{1,80})-[0-9a-f]{8}$/.exec(name)?.[1];
}

/** Returns the first line of the body, which says whose it is. Without it, the pipeline leaves the pull request alone. */
export function proposalMarker(run: string): string {
  return `<!-- image-pipeline: run ${run} -->`;
}
