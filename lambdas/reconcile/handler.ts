/** The reconcile function in AWS. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { createExecutionLister, createExecutionStarter } from '../../adapters/aws/executions';
import { systemClock } from '../../adapters/clock';
import type { PushInput } from '../../core/contract/run-input';
import type { BranchHead } from '../../core/ports/git';
import { metricLine, stateMachineName } from '../../core/report/metrics';
import { deployedRepositories } from '../shared/deployed';
import { logged, logLine } from '../shared/log';
import { openStep } from '../shared/open-step';
import { hidesPush, needsRun, rememberedByHead } from './needs-run';
import { type ReconcileResult, reconcileStep } from './reconcile';

const { env, settings, store } = openStep('reconcile');
const client = new SFNClient({});
const { source, values } = deployedRepositories(settings, process.env, { git: 'reader', valuesGit: 'reader' });
const from = { git: source.git, valuesGit: values.git };
const dependencies = {
  settings,
  git: source.git,
  needsRun: (push: PushInput) => needsRun(push, settings, from),
  hidesPush: rememberedByHead((head: BranchHead) => hidesPush(head, settings, from)),
  executions: {
    ...createExecutionStarter(client, env.stateMachine),
    ...createExecutionLister(client, env.stateMachine),
  },
  store,
  clock: systemClock,
};

/** Starts missing runs, and logs their metrics if there are any. */
export async function handler(): Promise<ReconcileResult> {
  const result = await logged(
    { step: 'reconcile' },
    () => reconcileStep(dependencies),
    (found) => ({ ...found }),
  );
  const { started, oldestRunHours } = result;
  const stateMachine = stateMachineName(env.stateMachine);
  if (stateMachine !== undefined && (started.length > 0 || oldestRunHours > 0)) {
    const metrics = { LostPushes: started.length, OldestRunHours: oldestRunHours };
    logLine(metricLine(stateMachine, metrics, systemClock.now(), { started }));
  }
  return result;
}
