/** The approval step: stores the question that a person answers, and tells people. The state machine goes on when the task token is used. */
import { messageOf } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import type { Approval, ApprovalRequest } from '../../core/contract/release';
import type { NoticeSender } from '../../core/ports/runs';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { planTitle, waitingNotice } from '../../core/report/approval';
import { failedBuilds } from '../../core/report/outcome';
import { executionLink } from '../../core/report/run-text';
import { environmentNamed } from '../../core/settings/environment';
import type { Settings } from '../../core/settings/schema';
import { logLine } from '../shared/log';
import { explainFailures, readStored } from '../shared/stored';

export interface ApprovalDependencies {
  readonly settings: Pick<Settings, 'environments'>;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly notices: NoticeSender;
  /** The options behind the name of the run in the commands that answer: `--stack STACK`. */
  readonly place: string;
}

/**
 * Throws `BuildsFailed`, so that no person is asked about a run that cannot go on. The notice comes last: a person who reads it can answer
 * at once. If it cannot be sent, that is logged, and the run waits all the same.
 */
export async function approvalStep(
  { run, execution = '', redrives = 0, token, seconds, builds }: ApprovalRequest,
  { settings, store, clock, notices, place }: ApprovalDependencies,
): Promise<void> {
  const failure = failedBuilds(await explainFailures(run, builds, store));
  if (failure !== undefined) throw failure;
  const plan = await readStored<Plan>(store, objectKeys.plan(run));
  const notByStarter = environmentNamed(settings, plan.environment).approval?.notByStarter ?? false;
  const until = new Date(clock.now() + seconds * 1000).toISOString();
  const { environment, startedBy } = plan;
  const attempt = redrives === 0 ? {} : { redrives };
  const about = { title: planTitle(plan), environment, startedBy, notByStarter };
  const approval: Approval = { schema: 1, run, token, until, ...attempt, ...about };
  await store.put(objectKeys.approval(run), JSON.stringify(approval));
  const link = executionLink(execution);
  try {
    await notices.send(waitingNotice({ run, until, plan, place, link, notByStarter }));
  } catch (error) {
    logLine({ message: 'notice not sent', run, problem: messageOf(error).slice(0, 300) });
  }
}
