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
import { runPrefix } from '../../core/trigger/push-decision';
import { type PastRuns, reconcileBranch } from '../../core/trigger/reconcile-branch';

export interface ReconcileDependencies {
  readonly settings: Settings;
  readonly git: Pick<SourceRepository, 'branches'>;
  readonly executions: Pick<ExecutionStarter, 'start'> & ExecutionLister;
  readonly store: Pick<ObjectStore, 'get'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Names of the runs that were started, and how many more branches wait for the next time. */
export interface ReconcileResult {
  readonly started: readonly string[];
  readonly waiting: number;
}

/** Runs of one round: the first round after a long outage must not take all build machines at once. */
const MOST_STARTS = 5;

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
  return { started, waiting: Math.max(0, wanted.length - MOST_STARTS) };
}

async function pastRuns(
  head: BranchHead,
  runs: readonly KnownRun[],
  { store }: ReconcileDependencies,
): Promise<PastRuns> {
  const prefix = runPrefix(`refs/heads/${head.name}`, head.commit);
  const past = runs.filter(({ name }) => name.startsWith(prefix));
  const [newest] = past;
  const committed = newest?.status === 'SUCCEEDED' && (await madeCommit(newest.name, store));
  return { statuses: past.map(({ status }) => status), committed };
}

async function madeCommit(run: string, store: Pick<ObjectStore, 'get'>): Promise<boolean> {
  const body = await store.get(objectKeys.report(run));
  if (body === undefined) return false;
  const report: Pick<RunReport, 'commit'> = JSON.parse(body.toString('utf8'));
  return report.commit !== null;
}
