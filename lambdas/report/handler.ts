/** The AWS Lambda handler of the report step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import { ecrRegion } from '../../adapters/registry/ecr/ecr-host';
import type { ExecutionEnded, ReportRequest, RunReport } from '../../core/contract/report';
import { REFERENCE_REGION } from '../../core/estimate/price';
import { metricLine, runMetrics, stateMachineName } from '../../core/report/metrics';
import { usesPullRequests } from '../../core/settings/git-login';
import { parseSettings } from '../../core/settings/parse-settings';
import { rolloutNeeds } from '../../core/settings/rollout-rules';
import { deployedGit } from '../shared/deployed';
import { readEnv, STEP_ENV } from '../shared/environment';
import { type LogFacts, logged, logLine } from '../shared/log';
import { reportStep, unreported } from './report';

const env = readEnv(process.env, STEP_ENV.report);
const settings = parseSettings(JSON.parse(env.settings));
const dependencies = {
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  clock: systemClock,
  repositories: settings,
  statuses: deployedGit(settings, env.gitSecret, 'reader').statuses,
  follows: rolloutNeeds(settings).any,
  tags: settings.releaseTag !== undefined,
  proposes: usesPullRequests(settings),
  scans: settings.scan !== undefined,
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
