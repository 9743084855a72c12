/** The plan step as it is deployed: plans the run, then says at the commit that it is under way. */
import type { PlanRequest, PlanResult } from '../../core/contract/plan';
import type { StatusWriter } from '../../core/ports/git';
import { plannedStatus } from '../../core/report/status';
import { announce } from '../shared/announce';
import { type PlanDependencies, planStep } from './plan';

export interface AnnouncedPlanDependencies extends PlanDependencies {
  readonly statuses: StatusWriter;
}

/** As `planStep`. A status that cannot be written is logged, and the run goes on. */
export async function announcedPlanStep(
  request: PlanRequest,
  dependencies: AnnouncedPlanDependencies,
): Promise<PlanResult> {
  const result = await planStep(request, dependencies);
  await announce(dependencies.statuses, plannedStatus(result, request.execution));
  return result;
}
