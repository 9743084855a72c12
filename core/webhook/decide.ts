/** Decides what a push or a pull request starts: a run with a stable name, a preview, or nothing, with the reason. */
import { createHash } from 'node:crypto';
import { InvalidInputError } from '../contract/errors';
import { PROPOSALS } from '../contract/release';
import type { PushInput } from '../contract/run-input';
import type { KnownRun, PreviewRequest } from '../ports/runs';
import { ownPaths } from '../settings/files/environment-files';
import { branchRule, type Settings } from '../settings/schema';
import { runOf } from '../version/commit-message';
import { isActor, parseExecutionInput } from './execution-input';
import { NO_COMMIT, type PullRequest, type Push, type PushedCommit } from './payload';

/** `input` and `name` depend on the push alone, so that every delivery of a push gives the same. */
export type PushDecision =
  | {
      readonly kind: 'start';
      readonly input: PushInput;
      readonly name: string;
      /** The time of the push, in ms since 1970, if it is known. */
      readonly pushedAt?: number;
    }
  | { readonly kind: 'ignore'; readonly reason: string };

/** Decides by facts: repository, ref, branch rules and commits. Never by the name of the person who pushed. */
export function decidePush(push: Push, settings: Settings): PushDecision {
  const reason = reasonToIgnorePush(push, settings);
  if (reason !== undefined) return { kind: 'ignore', reason };
  const startedBy = `git:${push.pusher ?? ''}`;
  // The name only informs. One that does not fit into a line is left out.
  const by = push.pusher !== undefined && push.pusher !== '' && isActor(startedBy) ? { startedBy } : {};
  const input: PushInput = { action: 'push', ref: push.ref, commit: push.after, ...by };
  try {
    parseExecutionInput(input);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { kind: 'ignore', reason: `the ref cannot be built: ${error.problems[0]?.message ?? 'it is not allowed'}` };
  }
  const { pushedAt } = push;
  return { kind: 'start', input, name: pushName(push), ...(pushedAt === undefined ? {} : { pushedAt }) };
}

function reasonToIgnorePush(push: Push, settings: Settings): string | undefined {
  const foreign = otherRepositoryReason(push, settings);
  if (foreign !== undefined) return foreign;
  if (push.ref.startsWith('refs/tags/')) return 'a tag starts nothing; a release names its version';
  if (!push.ref.startsWith('refs/heads/')) return 'the ref is not a branch';
  if (push.deleted || push.after === NO_COMMIT) return 'the branch was deleted';
  const branch = push.ref.slice('refs/heads/'.length);
  const rule = branchRule(settings, branch);
  if (rule === undefined) return 'no branch rule matches this branch';
  if (!rule.allow.includes('push')) return `branch rule '${rule.branch}' does not allow push`;
  if (isOwnPush(push, settings)) return 'the pipeline made the commit';
  return undefined;
}

/** Compares exact ids and exact names, never patterns: a longer id or name may contain a trusted one. */
function otherRepositoryReason(
  { repositoryId, repository }: Pick<Push, 'repositoryId' | 'repository'>,
  { git, valuesRepository }: Settings,
): string | undefined {
  if (git.host === 'local') return undefined;
  const values = valuesRepository?.git;
  const isValues = values !== undefined && values.host !== 'local' && isSameName(repository, values.repository);
  const foreign = isValues ? 'the values repository starts nothing' : 'the repository is not the one that is built';
  if (git.host !== 'codecommit' && git.repositoryId !== undefined) {
    if (repositoryId === git.repositoryId) return undefined;
    return isValues ? foreign : `repository id ${repositoryId} is not the one that is built`;
  }
  return isSameName(repository, git.repository) ? undefined : foreign;
}

/** Git hosts ignore the case of ASCII letters in names, and allow no other letters. */
function isSameName(one: string, other: string): boolean {
  return /^[\w.-]+(\/[\w.-]+)*$/.test(one) && one.toLowerCase() === other.toLowerCase();
}

/** GitLab lists the last 20 commits of a push: of so many, some may be missing. */
const MAX_OWN_COMMITS = 19;

/**
 * Returns true if the push brought only commits of runs: each names its run, and writes only the pipeline's files if the host lists them.
 * Such a push changes no image. A push has one commit, and the merge of a pull request may add one, for which hosts list no files. Where no
 * files are listed at all, a name proves nothing: if it lies, the reconcile step starts the run, because no run has made that commit. The
 * pipeline never creates a branch that is built, and never forces a push. With a values repository it pushes nothing to the monorepo.
 */
function isOwnPush({ commits, forced, before, after }: Push, { environments, valuesRepository }: Settings): boolean {
  if (valuesRepository !== undefined) return false;
  const isOnTop = !forced && before !== NO_COMMIT && commits.some(({ id }) => id === after);
  const ownFiles = new Set(environments.flatMap(ownPaths));
  return isOnTop && commits.length <= MAX_OWN_COMMITS && isOwnHistory(commits, ownFiles);
}

function isOwnHistory(commits: readonly PushedCommit[], ownFiles: ReadonlySet<string>): boolean {
  const isOwn = commits.map(({ message, written = [], removed = [] }) => {
    const isNamed = runOf(message) !== undefined;
    return isNamed && removed.length === 0 && written.every((path) => ownFiles.has(path));
  });
  // An empty list of files proves nothing, unless another commit of the push has them.
  return isOwn.every(Boolean) && commits.some(({ written }) => written === undefined || written.length > 0);
}

/**
 * Returns `push-develop-<12 hex of the commit>-<8 hex of the ref>-<12 hex of the push>`: at most 63 characters, which Step Functions and
 * object keys allow. The last part depends on `before` and the time of the push, or on the id of its delivery if there is no time. So a
 * push from A to B differs from a second one after a forced push back to A.
 */
function pushName({ repositoryId, ref, before, after, pushedAt, delivery }: Push): string {
  return runName(ref, after, [repositoryId, ref, before, after, pushedAt ?? delivery ?? null]);
}

/** Returns the name of the run for a branch's head whose webhook was lost; `earlier` counts the runs of this kind so far. */
export function catchUpName(ref: string, commit: string, earlier: number): string {
  return runName(ref, commit, ['catch up', ref, commit, earlier]);
}

/**
 * Returns true if the run that the reconcile step started for the push's commit belongs to this push. A run that began before the push
 * belongs to an earlier push of the same commit, and a forced push may have removed its result. If the time of the push is unknown, only
 * an open run counts, because it reads the branch as it is now. A second run after one that has ended costs a plan and changes nothing.
 */
export function isCaughtUp(
  { pushedAt }: { readonly pushedAt?: number },
  { status, startedAt }: Pick<KnownRun, 'status' | 'startedAt'>,
): boolean {
  if (status === 'FAILED') return false;
  return pushedAt === undefined ? status === 'RUNNING' : startedAt >= pushedAt;
}

/** Returns a run's name for a commit of a branch: the same for the same `identity`. */
function runName(ref: string, commit: string, identity: readonly unknown[]): string {
  return `${runPrefix(ref, commit)}${digestOf(JSON.stringify(identity), 12)}`;
}

/** Returns the prefix of the names of all runs of that commit on that branch. */
export function runPrefix(ref: string, commit: string): string {
  const branch = ref.replace(/^refs\/heads\//, '').replace(/[^A-Za-z0-9]+/g, '-');
  const slug = branch.replace(/^-|-$/g, '').slice(0, 24) || 'branch';
  return `push-${slug}-${commit.slice(0, 12)}-${digestOf(ref, 8)}-`;
}

/** Returns true for the name of a run of any commit on that branch. */
export function isRunOf(ref: string, name: string): boolean {
  return name.startsWith('push-') && name.includes(`-${digestOf(ref, 8)}-`);
}

function digestOf(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** A pull request may get a comment with the plan of its merge. It never starts a run. */
type PullRequestDecision =
  | { readonly kind: 'preview'; readonly request: PreviewRequest }
  | { readonly kind: 'ignore'; readonly reason: string };

/** Decides by facts: settings, repository, the repository of its commits, and the rule of its base branch. */
export function decidePullRequest(pullRequest: PullRequest, settings: Settings): PullRequestDecision {
  const reason = reasonToIgnorePullRequest(pullRequest, settings);
  if (reason !== undefined) return { kind: 'ignore', reason };
  const { number, base, commit } = pullRequest;
  return { kind: 'preview', request: { number, base, commit } };
}

function reasonToIgnorePullRequest(pullRequest: PullRequest, settings: Settings): string | undefined {
  if (!settings.pullRequests.comment) return 'the settings ask for no comments on pull requests';
  const foreign = otherRepositoryReason(pullRequest, settings);
  if (foreign !== undefined) return foreign;
  // A deleted fork has no id, which differs as well.
  const isFork = pullRequest.headRepositoryId !== pullRequest.repositoryId;
  if (isFork && !settings.pullRequests.forks) return 'the pull request comes from a fork';
  // It builds nothing, and says itself what it releases.
  if (!isFork && pullRequest.branch?.startsWith(PROPOSALS)) return "the pull request is a run's own";
  const rule = branchRule(settings, pullRequest.base);
  return rule?.allow.includes('push') ? undefined : 'merging it starts nothing by the branch rules';
}
