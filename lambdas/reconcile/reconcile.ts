/** The reconcile step: on a schedule, it starts the runs of pushes whose webhook was lost. */
import { objectKeys } from '../../core/contract/keys';
import type { RunReport } from '../../core/contract/report';
import type { PushInput } from '../../core/contract/run-input';
import type { BranchHead, SourceRepository } from '../../core/ports/git';
import type { ExecutionLister, ExecutionStarter, KnownRun } from '../../core/ports/runs';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { branchRule, type Settings } from '../../core/settings/schema';
import { runOf } from '../../core/version/commit-message';
import { catchUpName, isRunOf, type PushDecision, runPrefix } from '../../core/webhook/decide';
import { type PastRuns, reconcileBranch } from '../../core/webhook/reconcile';
import { readIfStored } from '../shared/stored';

interface ReconcileDependencies {
  readonly settings: Settings;
  readonly git: Pick<SourceRepository, 'branches'>;
  /** Returns false if the version lock at the commit shows that a run would have nothing to do. */
  readonly needsRun: (push: PushInput) => Promise<boolean>;
  /** Returns true if a lost push is an ancestor of this commit, which a run made. */
  readonly hidesPush: (head: BranchHead) => Promise<boolean>;
  readonly executions: Pick<ExecutionStarter, 'start'> & ExecutionLister;
  readonly store: Pick<ObjectStore, 'get'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** The result of one round. */
export interface ReconcileResult {
  /** Names of the runs that were started. */
  readonly started: readonly string[];
  /** The number of branches that wait for the next round. */
  readonly waiting: number;
  /** The age of the oldest open run among those that were read; 0 if there is none. */
  readonly oldestRunHours: number;
}

type Start = Extract<PushDecision, { kind: 'start' }>;

/** Runs started in one round. The first round after a long outage must not take all build machines at once. */
const MAX_STARTS = 5;

/**
 * Compares every branch's head with its runs. If no run settles a head, the version lock decides. Two rounds at the same time start a run
 * once, because they give it the same name.
 */
export async function reconcileStep(dependencies: ReconcileDependencies): Promise<ReconcileResult> {
  const { settings, git, needsRun, executions, clock } = dependencies;
  const branches = await git.branches();
  const heads = branches.filter(({ name }) => branchRule(settings, name)?.allow.includes('push'));
  const { starts, runs } = await findUnsettledHeads(heads, dependencies);
  const started: string[] = [];
  let examined = 0;
  for (const { name, input } of starts) {
    if (started.length === MAX_STARTS) break;
    examined += 1;
    if ((await needsRun(input)) && (await executions.start({ name, input })) === 'started') started.push(name);
  }
  return { started, waiting: starts.length - examined, oldestRunHours: oldestRunHours(runs, clock.now()) };
}

/**
 * Returns the runs to start for heads that no run settles. The list of runs is read page by page while such heads are left; usually the
 * first page is enough. No run starts before that, because the last page may have the run of a head, or the next name.
 */
async function findUnsettledHeads(
  heads: readonly BranchHead[],
  dependencies: ReconcileDependencies,
): Promise<{ readonly starts: readonly Start[]; readonly runs: readonly KnownRun[] }> {
  const runs: KnownRun[] = [];
  let unsettled: readonly { readonly head: BranchHead; readonly start?: Start }[] = heads.map((head) => ({ head }));
  for await (const page of dependencies.executions.pages()) {
    runs.push(...page);
    const decided = await Promise.all(
      unsettled.map(async ({ head }) => ({ head, decision: await decideHead(head, runs, dependencies) })),
    );
    unsettled = decided.flatMap(({ head, decision }) => (decision.kind === 'start' ? [{ head, start: decision }] : []));
    if (unsettled.length === 0) break;
  }
  return { starts: unsettled.flatMap(({ start }) => start ?? []), runs };
}

/**
 * Decides by the runs of a head. A head that a run made is settled, unless a lost push is hidden below it: then a run starts at that head.
 * A push that was delivered has a run of its own, which began after the run that made the head. While that one is open or has failed, it
 * answers for the push; once all have succeeded, an unrecorded push was lost.
 */
async function decideHead(
  head: BranchHead,
  runs: readonly KnownRun[],
  { settings, store, clock, hidesPush }: ReconcileDependencies,
): Promise<PushDecision> {
  const past = await pastRuns(head, runs, settings, store);
  const decision = reconcileBranch(head, past, settings, clock.now());
  if (!past.isOwn || hasLaterRun(head, runs)) return decision;
  const asForeign = reconcileBranch(head, { ...past, isOwn: false }, settings, clock.now());
  return asForeign.kind === 'start' && (await hidesPush(head)) ? asForeign : decision;
}

function oldestRunHours(runs: readonly KnownRun[], now: number): number {
  const ages = runs.filter(({ status }) => status === 'RUNNING').map(({ startedAt }) => now - startedAt);
  return Math.max(0, ...ages) / 3_600_000;
}

/**
 * Selects the runs of the head, the newest first, and reads the report of the newest one. If the values files have a repository of their own,
 * no run makes or moves a head.
 */
async function pastRuns(
  head: BranchHead,
  runs: readonly KnownRun[],
  { valuesRepository }: Settings,
  store: Pick<ObjectStore, 'get'>,
): Promise<PastRuns> {
  const movesHeads = valuesRepository === undefined;
  const ref = `refs/heads/${head.name}`;
  const prefix = runPrefix(ref, head.commit);
  const past = runs.filter(({ name }) => name.startsWith(prefix));
  const [newest] = past;
  const committed =
    movesHeads && newest?.status === 'SUCCEEDED' && (await reportedCommit(newest.name, store)) !== undefined;
  const names = new Set(past.map(({ name }) => name));
  let caughtUp = 0;
  while (names.has(catchUpName(ref, head.commit, caughtUp))) caughtUp += 1;
  const statuses = past.map(({ status }) => status);
  return { statuses, caughtUp, committed, isOwn: movesHeads && (await isOwnCommit(head, runs, store)) };
}

/** Returns true if a run of the branch that began after the one that made its head is open or has failed. */
function hasLaterRun({ name, message }: BranchHead, runs: readonly KnownRun[]): boolean {
  const maker = runOf(message);
  const since = runs.find((run) => run.name === maker)?.startedAt ?? 0;
  const later = runs.filter((run) => run.name !== maker && run.startedAt >= since && run.status !== 'SUCCEEDED');
  return later.some((run) => isRunOf(`refs/heads/${name}`, run.name));
}

/** The message is text from outside. Names that Step Functions allows are safe in an object key. */
const RUN_NAME = /^[A-Za-z0-9_-]{1,80}$/;

/**
 * Returns true if the run that the head's message names is open, or has reported this commit. The message alone proves nothing:
 * anybody can write it, and a squashed merge may end with it.
 */
async function isOwnCommit(
  { commit, message }: BranchHead,
  runs: readonly KnownRun[],
  store: Pick<ObjectStore, 'get'>,
): Promise<boolean> {
  const run = runOf(message);
  if (run === undefined || !RUN_NAME.test(run)) return false;
  const isOpen = runs.some(({ name, status }) => name === run && status === 'RUNNING');
  return isOpen || (await reportedCommit(run, store)) === commit;
}

/** Returns the commit in the report of a run; undefined without a report or a commit. */
async function reportedCommit(run: string, store: Pick<ObjectStore, 'get'>): Promise<string | undefined> {
  const report = await readIfStored<Pick<RunReport, 'commit'>>(store, objectKeys.report(run));
  return report?.commit ?? undefined;
}
