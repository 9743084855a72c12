/** What is known of a branch's head by its runs: how they stand, and what they committed. */
import type { RunReport } from '../../core/contract';
import { objectKeys } from '../../core/keys';
import type { BranchHead, KnownRun, ObjectStore } from '../../core/ports';
import { catchUpName, isRunOf, runPrefix } from '../../core/trigger/push-decision';
import type { PastRuns } from '../../core/trigger/reconcile-branch';
import { readTrailers } from '../../core/version/commit-trailers';

/** A message is text from outside; what Step Functions takes for a name is safe in a key. */
const RUN_NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Picks the head's runs out of `runs`, the newest first, and reads what the newest one reported. */
export async function pastRuns(
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
export function hasLaterRun({ name, message }: BranchHead, runs: readonly KnownRun[]): boolean {
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
