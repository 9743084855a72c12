/**
 * The commit step: updates values files, version lock and IMAGE_VERSIONS.md in one compare-and-swap commit, by a push, or by a pull request
 * if the rule of the branch says so.
 */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { CommitRequest, CommitResult, CommitStep, ReleaseRecord } from '../../core/contract/release';
import type { PullRequestHost } from '../../core/ports/pull-request';
import { environmentNamed } from '../../core/settings/environment';
import { filesOf } from '../../core/settings/files/environment-files';
import { valuesBranch } from '../../core/settings/files/values-repository';
import { usesPullRequests } from '../../core/settings/git-login';
import { branchRule } from '../../core/settings/schema';
import { readStored } from '../shared/stored';
import { applyRelease, type CommitDependencies, headOf, type KnownFacts, noFacts } from './apply-release';
import { findExistingCommit } from './find-superseded';
import { DONE } from './proposal-steps';
import { lookAtProposal, propose } from './propose';

interface StepDependencies extends CommitDependencies {
  /** Those of the repository with the values files. Undefined for a git host without pull requests, for which no branch rule asks for them. */
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

/** Tries before giving up, about two minutes. A branch that moves this often needs a person. */
const TRIES = 20;

/** The pause before the second try, in ms. It doubles each time up to the longest, with full jitter. */
const FIRST_PAUSE = 200;

const LONGEST_PAUSE = 10_000;

/**
 * Applies the release to the current head of the branch; never by a rebase of text, never by force. If the branch moves in between, the
 * release and its check for newer ones are applied again to the new head. A run that has committed already finds its commit. The result
 * is stored for the report.
 * Throws `CommitConflict` if the branch is gone or moves at every try.
 */
export async function commitStep(
  request: Pick<CommitRequest, 'run'>,
  dependencies: CommitDependencies,
): Promise<CommitResult> {
  const record = await readStored<ReleaseRecord>(dependencies.store, objectKeys.release(request.run));
  const known = noFacts(dependencies);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await pause(attempt, dependencies);
    const result = await tryCommit(record, known, dependencies);
    if (result === 'moved') continue;
    await dependencies.store.put(objectKeys.commit(request.run), JSON.stringify(result));
    return result;
  }
  const branch = valuesBranch(dependencies.settings, record.ref);
  const message = `branch ${branch} moved at each of ${TRIES} tries to commit; the images have their versions, so start the run again to commit`;
  throw new PipelineError(ERROR_NAMES.commitConflict, message);
}

async function tryCommit(
  record: ReleaseRecord,
  known: KnownFacts,
  dependencies: CommitDependencies,
): Promise<CommitResult | 'moved'> {
  const { valuesGit, settings } = dependencies;
  const branch = valuesBranch(settings, record.ref);
  const head = await headOf(record, dependencies);
  const applied = await applyRelease(record, head, known, dependencies);
  if (applied.kind === 'done') return applied.result;
  const { files, message, changes, left } = applied;
  try {
    const attempt = await valuesGit.commit({ branch, parent: head, files, message });
    if (attempt.kind === 'moved') return 'moved';
    return { commit: attempt.commit, changes, ...left };
  } catch (error) {
    // The answer may be lost although the commit was made, so the branch decides.
    const now = await valuesGit.head(branch).catch(() => undefined);
    const { lock } = filesOf(environmentNamed(settings, record.environment));
    const committed =
      now === undefined ? undefined : await findExistingCommit(record, now, lock, valuesGit).catch(() => undefined);
    if (committed === undefined) throw error;
    return committed;
  }
}

async function pause(attempt: number, { clock, random }: CommitDependencies): Promise<void> {
  await clock.sleep(random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)));
}
