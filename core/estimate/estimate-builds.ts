/** Estimates how long builds take and what they cost, from the catalog's minutes or from recorded ones. */
import type { Service, Stage } from '../catalog/model';
import type { RecordedJob } from '../contract/estimate';
import { machineOf } from '../contract/job';
import { type BuildCost, buildCost } from './price';
import { median } from './quantiles';
import { groupBy, jobSeconds } from './recorded-jobs';

/** The fields of a build that its duration depends on. */
type EstimatedService = Pick<Service, 'name' | 'stage' | 'minutes'>;

/** A build whose machine may be known, too. */
export type PricedService = EstimatedService & Partial<Pick<Service, 'compute' | 'platforms'>>;

/** `cost` is in US dollars, see `price.ts`. */
export interface Estimate extends BuildCost {
  /** The sum of build minutes, which determines the cost. */
  readonly minutes: number;
  /** Minutes from the first start to the last end if no build waits for a machine. */
  readonly criticalPathMinutes: number;
  /** The builds on the critical path, in order: the longest one of each stage. */
  readonly criticalPath: readonly string[];
}

/** Returns the estimate for these builds at the prices of an AWS region. */
export function estimateBuilds(built: readonly PricedService[], stages: readonly Stage[], region: string): Estimate {
  const minutes = built.reduce((sum, service) => sum + service.minutes, 0);
  const way = criticalPath(built, stages);
  const jobs = built.map((service) => ({ minutes: service.minutes, machine: machineOf(service) }));
  return { minutes, criticalPathMinutes: way.minutes, criticalPath: way.names, ...buildCost(jobs, region) };
}

/** The longest chain of builds that wait for each other. */
interface CriticalPath {
  readonly minutes: number;
  readonly names: readonly string[];
}

/** Returns the critical path. A stage starts when the stages it needs have ended, and takes as long as its longest build. Throws for a cycle. */
export function criticalPath(built: readonly EstimatedService[], stages: readonly Stage[]): CriticalPath {
  const longest = new Map<string, EstimatedService>();
  for (const service of built) {
    if (service.minutes > (longest.get(service.stage)?.minutes ?? 0)) longest.set(service.stage, service);
  }
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const ways = new Map<string, CriticalPath | 'asked'>();
  const wayTo = (name: string): CriticalPath => {
    const known = ways.get(name);
    if (known === 'asked') throw new Error(`stage '${name}' waits for itself`);
    if (known !== undefined) return known;
    ways.set(name, 'asked');
    const before = longestOf((byName.get(name)?.needs ?? []).map(wayTo));
    const service = longest.get(name);
    const way =
      service === undefined
        ? before
        : { minutes: before.minutes + service.minutes, names: [...before.names, service.name] };
    ways.set(name, way);
    return way;
  };
  return longestOf(stages.map(({ name }) => wayTo(name)));
}

function longestOf(ways: readonly CriticalPath[]): CriticalPath {
  return ways.reduce((longest, way) => (way.minutes > longest.minutes ? way : longest), { minutes: 0, names: [] });
}

/** The newest builds of a service that count, because Dockerfiles change. */
const COUNTED = 10;

/** Returns minutes by service: the median of its last builds without their wait for a machine, rounded up as CodeBuild bills. */
export function recordedMinutes(builds: readonly RecordedJob[]): ReadonlyMap<string, number> {
  const byService = groupBy(builds, ({ name }) => name);
  return new Map(
    [...byService].map(([service, all]) => {
      const newest = all.toSorted((a, b) => b.endedAt - a.endedAt).slice(0, COUNTED);
      const seconds = newest.map((build) => jobSeconds(build) - (build.parts.queue ?? 0));
      return [service, Math.max(1, Math.ceil((median(seconds) ?? 0) / 60))];
    }),
  );
}

/** Returns the services with recorded minutes, if there are any. */
export function withRecordedMinutes<Timed extends { readonly name: string; readonly minutes: number }>(
  services: readonly Timed[],
  recorded: ReadonlyMap<string, number>,
): readonly Timed[] {
  return services.map((service) => ({ ...service, minutes: recorded.get(service.name) ?? service.minutes }));
}
