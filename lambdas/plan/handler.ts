/** The AWS Lambda handler of the plan step. */
import type { PlanRequest, PlanResult } from '../../core/contract/plan';
import type { JobSource } from '../../core/planning/job-source';
import { deployedPlanning } from '../shared/deployed-planning';
import { readEnv } from '../shared/environment';
import { logged } from '../shared/log';
import { announcedPlanStep } from './plan';

const openPlanning = deployedPlanning('plan');
const jobs = readEnv(process.env, ['jobs']).jobs as JobSource;

/** Plans a run and writes the commit status. The result becomes the state machine's state. */
export function handler(request: PlanRequest): Promise<PlanResult> {
  const dependencies = { ...openPlanning(), jobs };
  return logged(
    { step: 'plan', run: request.run },
    () => announcedPlanStep(request, dependencies),
    ({ action, ref, commit, dryRun, totals }) => ({ action, ref, commit, dryRun, ...totals }),
  );
}
