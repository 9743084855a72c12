/** Reads the waivers before anything is built: a broken file stops the run now, not after an hour of builds. */
import type { Plan } from '../../core/contract/plan';
import type { Waiver } from '../../core/contract/scan/scan';
import type { SourceGit } from '../../core/ports/git';
import type { Clock } from '../../core/ports/store';
import { parseWaivers, waiverWarnings } from '../../core/scan/waivers';
import type { Settings } from '../../core/settings/schema';

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

interface WaiverSources {
  readonly git: Pick<SourceGit, 'readFiles'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Returns the waivers in the file, none if the commit has no such file. Throws `InvalidInput` with all problems of the file. */
export async function readWaivers(
  { commit }: Pick<Plan, 'commit'>,
  path: string,
  { git, clock }: WaiverSources,
): Promise<readonly Waiver[]> {
  const text = (await git.readFiles(commit, [path])).get(path);
  return text === undefined ? [] : parseWaivers(text, path, clock.now());
}
