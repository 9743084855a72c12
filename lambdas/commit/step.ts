/** The commit step: by a push, or by a pull request if the rule of the branch says so. */
import { objectKeys } from '../../core/contract/keys';
import type { CommitRequest, CommitStep, ReleaseRecord } from '../../core/contract/release';
import type { PullRequestHost } from '../../core/ports/pull-request';
import { usesPullRequests } from '../../core/settings/pull-request-rules';
import { branchRule } from '../../core/settings/schema';
import { readStored } from '../shared/stored';
import { type CommitDependencies, commitStep } from './commit';
import { DONE, lookAtProposal, propose } from './propose';

interface StepDependencies extends CommitDependencies {
  /** Undefined for a git host without pull requests, for which no branch rule asks for them. */
  readonly pulls: PullRequestHost | undefined;
}

/** Commits the release of a run, opens its pull request, or looks at it. Returns how long to wait for the next look. */
export async function commitOrPropose(
  { run, phase }: CommitRequest,
  { pulls, ...dependencies }: StepDependencies,
): Promise<CommitStep> {
  const { settings, store } = dependencies;
  const rule = usesPullRequests(settings)
    ? branchRule(settings, (await readStored<ReleaseRecord>(store, objectKeys.release(run))).ref)?.pullRequest
    : undefined;
  if (rule === undefined || pulls === undefined) return { ...(await commitStep({ run }, dependencies)), ...DONE };
  const proposing = { ...dependencies, pulls, rule };
  return phase === 'merge' ? lookAtProposal(run, proposing) : propose(run, proposing);
}
