/** The reconcile step: starts the runs that lost webhooks did not. Run on a schedule; what is settled is left alone. */

import { objectKeys } from '../../core/contract/keys';
import type { RunReport } from '../../core/contract/report';
import type { PushInput } from '../../core/contract/run-input';
import type { BranchHead, SourceRepository } from '../../core/ports/git';
import type { ExecutionLister, ExecutionStarter, KnownRun } from '../../core/ports/runs';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { branchRule, type Settings } from '../../core/settings/schema';
import { readTrailers } from '../../core/version/commit-message';
import { catchUpName, isRunOf, type PushDecision, runPrefix } from '../../core/webhook/decide';
import { type PastRuns, reconcileBranch } from '../../core/webhook/reconcile';

interface ReconcileDependencies {
  readonly settings: Settings;
  readonly git: Pick<SourceRepository, 'branches'>;
  /** False if the commit and the version lock at it show that a run would have nothing to do. */
  readonly needsRun: (push: PushInput) => Promise<boolean>;
  /** True if there is a push under this commit of our own that no run knew of. */
  readonly hidesPush: (head: BranchHead) => Promise<boolean>;
  readonly executions: Pick<ExecutionStarter, 'start'> & ExecutionLister;
  readonly store: Pick<ObjectStore, 'get'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What a round did, and saw. */
export interface ReconcileResult {
  /** Names of the runs that were started. */
  readonly started: readonly string[];
  /** How many more branches wait for the next time. */
  readonly waiting: number;
  /** How long the oldest open run has been going on, of those that were looked at; 0 if there is none. */
  readonly oldestRunHours: number;
}

type Start = Extract<PushDecision, { kind: 'start' }>;

/** Runs of one round: the first round after a long outage must not take all build machines at once. */
const MOST_STARTS = 5;

/**
 * Compares every branch's head with the runs it had and, where none of them settles it, with the version lock. Starting the same run
 * twice starts it once.
 */
export async function reconcileStep(dependencies: ReconcileDependencies): Promise<ReconcileResult> {
  const { settings, git, needsRun, executions, clock } = dependencies;
  const branches = await git.branches();
  const ours = branches.filter(({ name }) => branchRule(settings, name)?.allow.includes('push'));
  const { wanted, runs } = await findWanted(ours, dependencies);
  const started: string[] = [];
  let looked = 0;
  for (const { name, input } of wanted) {
    if (started.length === MOST_STARTS) break;
    looked += 1;
    if ((await needsRun(input)) && (await executions.start({ name, input })) === 'started') started.push(name);
  }
  return { started, waiting: wanted.length - looked, oldestRunHours: oldestRunHours(runs, clock.now()) };
}

/**
 * The heads that no run settles. The list of runs is read on only as long as there are any: mostly its first page will do. Nothing is
 * started before all of it was read, since a head's run, or the name of the next one, may be on the last page.
 */
async function findWanted(
  ours: readonly BranchHead[],
  dependencies: ReconcileDependencies,
): Promise<{ readonly wanted: readonly Start[]; readonly runs: readonly KnownRun[] }> {
  const runs: KnownRun[] = [];
  let open: readonly { readonly head: BranchHead; readonly start?: Start }[] = ours.map((head) => ({ head }));
  for await (const page of dependencies.executions.pages()) {
    runs.push(...page);
    const decided = await Promise.all(
      open.map(async ({ head }) => ({ head, decision: await decideHead(head, runs, dependencies) })),
    );
    open = decided.flatMap(({ head, decision }) => (decision.kind === 'start' ? [{ head, start: decision }] : []));
    if (open.length === 0) break;
  }
  return { wanted: open.flatMap(({ start }) => start ?? []), runs };
}

/**
 * A commit of our own settles its branch, unless a push lies under it that was lost: then it is caught up with at that commit. A push that
 * was not lost has a run, which began after the one that made the commit: while it is under way nobody knows, and that it failed was
 * reported. Once all have succeeded, what is not recorded is nobody's.
 */
async function decideHead(
  head: BranchHead,
  runs: readonly KnownRun[],
  { settings, store, clock, hidesPush }: ReconcileDependencies,
): Promise<PushDecision> {
  const past = await pastRuns(head, runs, store);
  const decision = reconcileBranch(head, past, settings, clock.now());
  if (!past.isOwn || hasLaterRun(head, runs)) return decision;
  const otherwise = reconcileBranch(head, { ...past, isOwn: false }, settings, clock.now());
  return otherwise.kind === 'start' && (await hidesPush(head)) ? otherwise : decision;
}

function oldestRunHours(runs: readonly KnownRun[], now: number): number {
  const open = runs.filter(({ status }) => status === 'RUNNING').map(({ startedAt }) => now - startedAt);
  return Math.max(0, ...open) / 3_600_000;
}

// What is known of a branch's head by its runs: how they stand, and what they committed.

/** A message is text from outside; what Step Functions takes for a name is safe in a key. */
const RUN_NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Picks the head's runs out of `runs`, the newest first, and reads what the newest one reported. */
async function pastRuns(
  head: BranchHead,
  runs: readonly KnownRun[],
  store: Pick<ObjectStore, 'get'>,
): Promise<PastRuns> {
  const ref = `refs/heads/${head.name}`;
  const prefix = runPrefix(ref, head.commit);
  const past = runs.filter(({ name }) => name.startsWith(prefix));
  const [newest] = past;
  const committed = newest?.status === 'SUCCEEDED' && (await commitOf(newest.name, store)) !== undefined;
  const names = new Set(past.map(({ name }) => name));
  let caughtUp = 0;
  while (names.has(catchUpName(ref, head.commit, caughtUp))) caughtUp += 1;
  const statuses = past.map(({ status }) => status);
  return { statuses, caughtUp, committed, isOwn: await isOwnCommit(head, runs, store) };
}

/** True if a run of the branch that began after the one that made its head is under way or has failed. */
function hasLaterRun({ name, message }: BranchHead, runs: readonly KnownRun[]): boolean {
  const made = readTrailers(message)?.run;
  const since = runs.find((run) => run.name === made)?.startedAt ?? 0;
  const later = runs.filter((run) => run.name !== made && run.startedAt >= since && run.status !== 'SUCCEEDED');
  return later.some((run) => isRunOf(`refs/heads/${name}`, run.name));
}

/**
 * True if the run that the head's message names made this very commit, or is at it and has not reported yet. Anybody can write such a
 * message, and a squashed merge may end with ours.
 */
async function isOwnCommit(
  { commit, message }: BranchHead,
  runs: readonly KnownRun[],
  store: Pick<ObjectStore, 'get'>,
): Promise<boolean> {
  const run = readTrailers(message)?.run;
  if (run === undefined || !RUN_NAME.test(run)) return false;
  const isOpen = runs.some(({ name, status }) => name === run && status === 'RUNNING');
  return isOpen || (await commitOf(run, store)) === commit;
}

/** The commit that a run has reported. */
async function commitOf(run: string, store: Pick<ObjectStore, 'get'>): Promise<string | undefined> {
  const body = await store.get(objectKeys.report(run));
  if (body === undefined) return undefined;
  const report: Pick<RunReport, 'commit'> = JSON.parse(body.toString('utf8'));
  return report.commit ?? undefined;
}
