/** The packages in the report of a run. */
import { type BuildOutcome, moduleOutcomeName } from '../contract/job';
import type { PlannedModule } from '../contract/plan';
import type { ReportedPackage } from '../contract/report';
import { ecosystemOf } from './ecosystems';

/** A development version of a kind that publishes only releases. */
function isOnlyTested(module: Pick<PlannedModule, 'kind'>, version: string): boolean {
  const { releasesOnly, isDevelopment } = ecosystemOf(module);
  return releasesOnly !== undefined && isDevelopment(version);
}

/** Returns the packages that the index had, and those that the run published. */
export function reportedPackages(
  modules: readonly PlannedModule[],
  outcomes: readonly BuildOutcome[],
): readonly ReportedPackage[] {
  const published = new Map(outcomes.map(({ service, version }) => [service, version]));
  return modules.flatMap(({ name, kind, package: known, action, version: planned }) => {
    const version = action === 'keep' ? planned : published.get(moduleOutcomeName(name));
    if (version === undefined || isOnlyTested({ kind }, version)) return [];
    return [{ module: name, ...(kind && { kind }), package: known, version, isNew: action === 'publish' }];
  });
}
