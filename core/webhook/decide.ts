/** Decides what a push starts: a run with a stable name, or nothing, with the reason. */
import { createHash } from 'node:crypto';
import { InvalidInputError } from '../contract/errors';
import type { PushInput } from '../contract/run-input';
import type { KnownRun, PreviewRequest } from '../ports/runs';
import { filesOf } from '../settings/environment';
import { branchRule, type Settings } from '../settings/schema';
import { readTrailers } from '../version/commit-message';
import { parseExecutionInput } from './execution-input';
import { NO_COMMIT, type PullRequest, type Push, type PushedCommit } from './payload';

/** `input` and `name` are functions of the push alone, so that every delivery of it gives the same. */
export type PushDecision =
  | {
      readonly kind: 'start';
      readonly input: PushInput;
      readonly name: string;
      /** When the push happened, in ms since 1970, if that is known. */
      readonly pushedAt?: number;
    }
  | { readonly kind: 'ignore'; readonly reason: string };

/** Decides by facts: repository, ref, branch rules, and whose commits they are. Never by who is said to have pushed. */
export function decidePush(push: Push, settings: Settings): PushDecision {
  const reason = whyPushIgnored(push, settings);
  if (reason !== undefined) return { kind: 'ignore', reason };
  const input: PushInput = { action: 'push', ref: push.ref, commit: push.after };
  try {
    parseExecutionInput(input);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { kind: 'ignore', reason: `the ref cannot be built: ${error.problems[0]?.message ?? 'it is not allowed'}` };
  }
  const { pushedAt } = push;
  return { kind: 'start', input, name: pushName(push), ...(pushedAt === undefined ? {} : { pushedAt }) };
}

function whyPushIgnored(push: Push, settings: Settings): string | undefined {
  const stranger = whyStranger(push, settings);
  if (stranger !== undefined) return stranger;
  if (push.ref.startsWith('refs/tags/')) return 'a tag starts nothing; a release names its version';
  if (!push.ref.startsWith('refs/heads/')) return 'the ref is no branch';
  if (push.deleted || push.after === NO_COMMIT) return 'the branch was deleted';
  const branch = push.ref.slice('refs/heads/'.length);
  const rule = branchRule(settings, branch);
  if (rule === undefined) return 'no branch rule matches this branch';
  if (!rule.allow.includes('push')) return `branch rule '${rule.branch}' does not allow push`;
  if (isOwnPush(push, settings)) return 'the commit is our own';
  return undefined;
}

/** Why a delivery is about another repository. Exact ids and exact names, never patterns: a longer id or name may contain a trusted one. */
function whyStranger(
  { repositoryId, repository }: Pick<Push, 'repositoryId' | 'repository'>,
  { git }: Settings,
): string | undefined {
  if (git.host === 'local') return undefined;
  if (git.repositoryId !== undefined) {
    return repositoryId === git.repositoryId ? undefined : `repository id ${repositoryId} is not the one that is built`;
  }
  return isSameName(repository, git.repository) ? undefined : 'the repository is not the one that is built';
}

/** Git hosts take upper and lower case of ASCII letters for the same, and allow no other letters. */
function isSameName(one: string, other: string): boolean {
  return /^[\w.-]+(\/[\w.-]+)+$/.test(one) && one.toLowerCase() === other.toLowerCase();
}

/**
 * True if the push is one commit of ours: it carries our trailers and writes nothing but the files that we write, so that no
 * image can have changed. A trailer alone proves nothing. We never push two commits, make a branch or force anything.
 */
function isOwnPush({ commits, forced, before, after }: Push, { environments }: Settings): boolean {
  const [commit, ...more] = commits;
  const isOnTop = !forced && before !== NO_COMMIT && more.length === 0 && commit?.id === after;
  const ours = new Set(environments.flatMap((environment) => Object.values(filesOf(environment))));
  return isOnTop && isOwnCommit(commit, ours);
}

function isOwnCommit({ message, written, removed }: PushedCommit, ours: ReadonlySet<string>): boolean {
  return (
    readTrailers(message) !== undefined &&
    removed.length === 0 &&
    written.length > 0 &&
    written.every((path) => ours.has(path))
  );
}

/**
 * `push-develop-<12 hex of the commit>-<8 hex of the ref>-<12 hex of everything that makes this push this push>`, at most 63
 * characters of those that Step Functions and object keys allow. `before` and the time of the push, or the id of its delivery where
 * there is no time, tell A->B from a second A->B after a forced push back.
 */
function pushName({ repositoryId, ref, before, after, pushedAt, delivery }: Push): string {
  return runName(ref, after, [repositoryId, ref, before, after, pushedAt ?? delivery ?? null]);
}

/** The name of the run that catches up with a branch's head after a lost webhook; `earlier` is how often that was done already. */
export function catchUpName(ref: string, commit: string, earlier: number): string {
  return runName(ref, commit, ['catch up', ref, commit, earlier]);
}

/**
 * True if the run, which the reconcile step started for the push's commit, is that of this very push. One that began before the push
 * is of an earlier push of the same commit, and what it did may have been pushed away by force since. Where nobody says when the push
 * was, only an open run counts, which will find the branch as it is; one more after a run that has ended costs a plan, and finds all
 * that it would do done, if the push was the same.
 */
export function isCaughtUp(
  { pushedAt }: { readonly pushedAt?: number },
  { status, startedAt }: Pick<KnownRun, 'status' | 'startedAt'>,
): boolean {
  if (status === 'FAILED') return false;
  return pushedAt === undefined ? status === 'RUNNING' : startedAt >= pushedAt;
}

/** A run's name for a commit that a branch moved to: the same for the same `identity`. */
function runName(ref: string, commit: string, identity: readonly unknown[]): string {
  return `${runPrefix(ref, commit)}${digestOf(JSON.stringify(identity), 12)}`;
}

/** How the names of all runs of that commit on that branch begin. */
export function runPrefix(ref: string, commit: string): string {
  const branch = ref.replace(/^refs\/heads\//, '').replace(/[^A-Za-z0-9]+/g, '-');
  const slug = branch.replace(/^-+|-+$/g, '').slice(0, 24) || 'branch';
  return `push-${slug}-${commit.slice(0, 12)}-${digestOf(ref, 8)}-`;
}

/** True for the name of a run of any commit on that branch, as `runPrefix` makes it. */
export function isRunOf(ref: string, name: string): boolean {
  return name.startsWith('push-') && name.includes(`-${digestOf(ref, 8)}-`);
}

function digestOf(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

// Decides whether a pull request gets a comment with the plan of its merge. It never starts a run.

/** What a pull request leads to. */
type PullRequestDecision =
  | { readonly kind: 'preview'; readonly request: PreviewRequest }
  | { readonly kind: 'ignore'; readonly reason: string };

/** Decides by facts: settings, repository, where the commits come from, and what a merge would start. */
export function decidePullRequest(pullRequest: PullRequest, settings: Settings): PullRequestDecision {
  const reason = whyPullRequestIgnored(pullRequest, settings);
  if (reason !== undefined) return { kind: 'ignore', reason };
  const { number, base, commit } = pullRequest;
  return { kind: 'preview', request: { number, base, commit } };
}

function whyPullRequestIgnored(pullRequest: PullRequest, settings: Settings): string | undefined {
  if (!settings.pullRequests.comment) return 'the settings ask for no comments on pull requests';
  const stranger = whyStranger(pullRequest, settings);
  if (stranger !== undefined) return stranger;
  // A fork that was deleted has no id: that, too, is another repository.
  const isFork = pullRequest.headRepositoryId !== pullRequest.repositoryId;
  if (isFork && !settings.pullRequests.forks) return 'the pull request comes from a fork';
  const rule = branchRule(settings, pullRequest.base);
  return rule?.allow.includes('push') ? undefined : 'merging it starts nothing by the branch rules';
}
