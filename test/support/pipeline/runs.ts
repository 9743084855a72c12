/** Plans and reports of runs, one builder each. A test names what it is about; everything else is usual. */
import type { Plan, PlannedService, ServiceAction } from '../../../core/contract/plan';
import type { RunReport } from '../../../core/contract/report';
import type { ServiceInputs } from '../../../core/input-digest/inputs';

export const COMMIT = 'c'.repeat(40);
export const INPUT_DIGEST = 'd'.repeat(40);

/** Returns inputs without a file, on no base image. */
export function serviceInputs(service: string, parts: Partial<ServiceInputs> = {}): ServiceInputs {
  return {
    service,
    inputDigest: INPUT_DIGEST,
    dockerfileId: '',
    files: [],
    sources: [],
    emptyFolders: [],
    recipe: [],
    images: [],
    bases: [],
    doubts: [],
    secretMounts: [],
    impurities: [],
    unused: [],
    ...parts,
  };
}

/** Returns a planned service of stage `apps`. A build's image will be a candidate, another one is released. */
export function plannedService(
  name: string,
  action: ServiceAction,
  parts: Partial<PlannedService> = {},
): PlannedService {
  return {
    name,
    image: name,
    stage: 'apps',
    action,
    inputDigest: INPUT_DIGEST,
    reasons: [{ kind: 'input-changed', text: `${name}/main.py was changed` }],
    version: action === 'keep' ? { kind: 'none' } : { kind: 'exact', version: 'v1.4.0' },
    origin:
      action === 'build'
        ? { kind: 'candidate', tag: `${name}.${INPUT_DIGEST}` }
        : { kind: 'released', reference: `sha256:${'a'.repeat(64)}` },
    minutes: 10,
    values: [`${name}.image.tag`],
    followsPlatform: true,
    ...parts,
  };
}

/** Returns the plan of a release of these services as v1.4.0. */
export function planOf(services: readonly PlannedService[], parts: Partial<Plan> = {}): Plan {
  const count = (action: ServiceAction) => services.filter((service) => service.action === action).length;
  return {
    schema: 1,
    run: 'run-1',
    action: 'release',
    ref: 'main',
    environment: 'default',
    commit: COMMIT,
    strategy: 'smart',
    platformVersion: 'v1.4.0',
    dryRun: false,
    services,
    totals: { build: count('build'), retag: count('retag'), keep: count('keep') },
    ...parts,
  };
}

/** Returns a planned service that gets this version, from the given origin. */
export function releasedAs(
  version: string,
  { name, action, ...parts }: Pick<PlannedService, 'name' | 'action' | 'origin'> & Partial<PlannedService>,
): PlannedService {
  return plannedService(name, action, { version: { kind: 'exact', version }, ...parts });
}

/** Returns the plan of a release of the whole platform, as the plan step stores it. */
export function releasePlan(run: string, version: string, services: readonly PlannedService[]): Plan {
  return planOf(services, { run, platformVersion: version });
}

/** Returns the report of a release that built 3 images and retagged 70. */
export function reportOf(parts: Partial<RunReport> = {}): RunReport {
  return {
    schema: 1,
    run: 'run-1',
    status: 'SUCCEEDED',
    action: 'release',
    ref: 'main',
    environment: 'default',
    source: COMMIT,
    version: 'v1.4.0',
    totals: { build: 3, retag: 70, keep: 9 },
    counts: { built: 3, retagged: 70, kept: 9, failed: 0, notDone: 0 },
    result: 'built 3, retagged 70, kept 9, failed 0, not done 0',
    work: { built: 3, cacheHits: 0, minutes: 24, cost: 0.24 },
    failed: [],
    superseded: [],
    commit: 'e'.repeat(40),
    seconds: 725,
    ...parts,
  };
}
