/** Starts the run of a push: once, however many deliveries there are; again, if the earlier run failed. */
import type { ExecutionStarter, KnownRun } from '../../core/ports';
import { catchUpName, isCaughtUp, type PushDecision } from '../../core/trigger/push-decision';
import type { WebhookReply } from './delivery';

type PushStart = Extract<PushDecision, { kind: 'start' }>;

/** After so many failed runs of one push somebody should look, rather than deliver again. */
const MOST_RUNS = 9;

/**
 * The name is taken while a run is open and for 90 days after it ended. A run that failed gives way to the next name, which is
 * also a function of the push: two deliveries at the same time name the same one. A delivery that comes after the reconcile step
 * has started the run is too late. Throws what the starter throws.
 */
export async function startPush(push: PushStart, executions: ExecutionStarter): Promise<WebhookReply> {
  const caughtUp = await findCaughtUp(push, executions);
  if (caughtUp !== undefined) {
    return { status: 200, result: 'already', reason: 'its run was started without a delivery', run: caughtUp.name };
  }
  for (let attempt = 1; attempt <= MOST_RUNS; attempt += 1) {
    const run = attempt === 1 ? push.name : `${push.name}-${attempt}`;
    if ((await executions.start({ name: run, input: push.input })) === 'started') {
      const reason = attempt === 1 ? 'a run was started' : `a run was started, as ${attempt - 1} before it failed`;
      return { status: 202, result: 'started', reason, run };
    }
    const earlier = (await executions.find(run))?.status;
    if (earlier === 'FAILED') continue;
    const reason = earlier === 'RUNNING' ? 'its run is under way' : 'its run was made before';
    return { status: 200, result: 'already', reason, run };
  }
  return {
    status: 200,
    result: 'ignored',
    reason: `${MOST_RUNS} runs of this push failed; start the next one by hand`,
  };
}

/** The reconcile step counts its runs of a head from 0; most heads never had one. */
async function findCaughtUp(push: PushStart, executions: ExecutionStarter): Promise<KnownRun | undefined> {
  const { ref, commit } = push.input;
  for (let earlier = 0; earlier < MOST_RUNS; earlier += 1) {
    const run = await executions.find(catchUpName(ref, commit, earlier));
    if (run === undefined || isCaughtUp(push, run)) return run;
  }
  return undefined;
}
