/** Plans of a release, as the plan step leaves them for the release step. */
import type { Plan, PlannedService } from '../../../core/contract/plan';

/** The fields that differ between planned services; the rest gets defaults. */
type Told = Pick<PlannedService, 'name' | 'action' | 'origin'> & Partial<PlannedService>;

/** A service that gets this very version. */
export function releasedAs(version: string, told: Told): PlannedService {
  return {
    image: told.name,
    stage: 'services',
    inputDigest: 'a'.repeat(40),
    reasons: [],
    version: { kind: 'exact', version },
    minutes: 5,
    values: [`${told.name}.image.tag`],
    followsPlatform: true,
    ...told,
  };
}

/** The release of the platform as this version. */
export function releasePlan(run: string, version: string, services: readonly PlannedService[]): Plan {
  const count = (action: PlannedService['action']) => services.filter((service) => service.action === action).length;
  return {
    schema: 1,
    run,
    action: 'release',
    ref: 'main',
    environment: 'default',
    commit: 'c'.repeat(40),
    strategy: 'smart',
    platformVersion: version,
    dryRun: false,
    services,
    totals: { build: count('build'), retag: count('retag'), keep: count('keep') },
  };
}
