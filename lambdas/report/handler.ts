/** The AWS Lambda handler of the report step. */
import { systemClock } from '../../adapters/clock';
import { ecrRegion } from '../../adapters/registry/ecr/ecr-host';
import type { ExecutionEnded, ReportRequest, RunReport } from '../../core/contract/report';
import { REFERENCE_REGION } from '../../core/estimate/price';
import { metricLine, runMetrics, stateMachineName } from '../../core/report/metrics';
import { optionalRecords } from '../../core/settings/rollout-rules';
import { deployedGit } from '../shared/deployed';
import { type LogFacts, logged, logLine } from '../shared/log';
import { openStep } from '../shared/open-step';
import { reportStep, unreported } from './report';

const { env, settings, store } = openStep('report');
const dependencies = {
  store,
  clock: systemClock,
  repositories: settings,
  statuses: deployedGit(settings, env.gitSecret, 'reader').statuses,
  records: optionalRecords(settings),
  region: ecrRegion(settings.candidates.host) ?? REFERENCE_REGION,
};

/**
 * Stores and returns the report of a run, writes the commit status, and logs the metrics. The state machine calls it; so does EventBridge
 * with the end of a run, for which it returns undefined if the run is reported already.
 */
export async function handler(call: ReportRequest | ExecutionEnded): Promise<RunReport | undefined> {
  const request = 'detail' in call ? await unreported(call, dependencies.store) : call;
  if (request === undefined) return undefined;
  const { run, execution } = request;
  const report = await logged({ step: 'report', run }, () => reportStep(request, dependencies), facts);
  const metrics = runMetrics(report);
  const stateMachine = stateMachineName(execution ?? '');
  if (metrics !== undefined && stateMachine !== undefined) {
    logLine(metricLine(stateMachine, metrics, systemClock.now(), { run }));
  }
  return report;
}

function facts({ status, action, seconds: runSeconds, statusProblem }: RunReport): LogFacts {
  return { status, action, runSeconds, ...(statusProblem === undefined ? {} : { statusProblem }) };
}
