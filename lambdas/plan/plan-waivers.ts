/** Reads the waivers before anything is built: a broken file stops the run now, not after an hour of builds. */
import type { Plan } from '../../core/contract/plan';
import { waiverWarnings } from '../../core/scan/waivers';
import type { Settings } from '../../core/settings/schema';
import { readWaivers, type WaiverSources } from '../shared/waivers';

interface WaiverFacts extends WaiverSources {
  readonly settings: Pick<Settings, 'scan'>;
}

/** Returns the plan with warnings about waivers that are over or end soon. Throws `InvalidInput` for a file that cannot be read. */
export async function planWaivers(plan: Plan, { settings: { scan }, ...sources }: WaiverFacts): Promise<Plan> {
  const isStopped = plan.action !== 'rollback' && (plan.action !== 'promote' || scan?.promotions === 'block');
  if (scan === undefined || !isStopped || plan.services.every(({ action }) => action === 'keep')) return plan;
  const waivers = await readWaivers(plan, scan.waivers, sources);
  const warnings = waiverWarnings(waivers, scan.waivers, sources.clock.now());
  return warnings.length === 0 ? plan : { ...plan, warnings: [...(plan.warnings ?? []), ...warnings] };
}
