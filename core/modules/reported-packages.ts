/** The packages in the report of a run. */
import { type BuildOutcome, moduleOutcomeName } from '../contract/job';
import type { PlannedModule } from '../contract/plan';
import type { ReportedPackage } from '../contract/report';
import { ecosystemOf } from './ecosystems';

/** Returns the packages that the index had, and those that the run published. */
export function reportedPackages(
  modules: readonly PlannedModule[],
  outcomes: readonly BuildOutcome[],
): readonly ReportedPackage[] {
  const published = new Map(outcomes.map(({ service, version }) => [service, version]));
  return modules.flatMap(({ name, kind, package: known, action, version: planned }) => {
    const version = action === 'keep' ? planned : published.get(moduleOutcomeName(name));
    const { releasesOnly, isDevelopment } = ecosystemOf({ kind });
    // A development version of a kind that publishes only releases was tested alone.
    if (version === undefined || (releasesOnly !== undefined && isDevelopment(version))) return [];
    return [{ module: name, ...(kind && { kind }), package: known, version, isNew: action === 'publish' }];
  });
}
