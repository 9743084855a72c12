/** The reconcile step: starts the runs that lost webhooks did not. Run on a schedule; what is settled is left alone. */
import type { RunReport } from '../../core/contract';
import { objectKeys } from '../../core/keys';
import type {
  BranchHead,
  Clock,
  ExecutionLister,
  ExecutionStarter,
  KnownRun,
  ObjectStore,
  SourceRepository,
} from '../../core/ports';
import { branchRule, type Settings } from '../../core/settings';
import { catchUpName, runPrefix } from '../../core/trigger/push-decision';
import { type PastRuns, reconcileBranch } from '../../core/trigger/reconcile-branch';
import { readTrailers } from '../../core/version/commit-trailers';

export interface ReconcileDependencies {
  readonly settings: Settings;
  readonly git: Pick<SourceRepository, 'branches'>;
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
  /** How long the oldest open run has been going on; 0 if there is none. */
  readonly oldestRunHours: number;
}

/** Runs of one round: the first round after a long outage must not take all build machines at once. */
const MOST_STARTS = 5;
/** A message is text from outside; what Step Functions takes for a name is safe in a key. */
const RUN_NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Compares every branch's head with the runs it had. Starting the same run twice starts it once. */
export async function reconcileStep(dependencies: ReconcileDependencies): Promise<ReconcileResult> {
  const { settings, git, executions, clock } = dependencies;
  const [branches, runs] = await Promise.all([git.branches(), executions.recent()]);
  const ours = branches.filter(({ name }) => branchRule(settings, name)?.allow.includes('push'));
  const decisions = await Promise.all(
    ours.map(async (head) => reconcileBranch(head, await pastRuns(head, runs, dependencies), settings, clock.now())),
  );
  const wanted = decisions.flatMap((decision) => (decision.kind === 'start' ? [decision] : []));
  const started: string[] = [];
  for (const { name, input } of wanted.slice(0, MOST_STARTS)) {
    if ((await executions.start({ name, input })) === 'started') started.push(name);
  }
  return {
    started,
    waiting: Math.max(0, wanted.length - MOST_STARTS),
    oldestRunHours: oldestRunHours(runs, clock.now()),
  };
}

function oldestRunHours(runs: readonly KnownRun[], now: number): number {
  const open = runs.filter(({ status }) => status === 'RUNNING').map(({ startedAt }) => now - startedAt);
  return Math.max(0, ...open) / 3_600_000;
}

async function pastRuns(
  head: BranchHead,
  runs: readonly KnownRun[],
  { store }: ReconcileDependencies,
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
