/** How long builds take and what they cost, by the minutes that the catalog gives for each. */
import { machineOf } from '../build-machine';
import type { Service, Stage } from '../catalog/catalog';
import { type BuildCost, buildCost } from './price';

/** A build as far as it is estimated. */
export type EstimatedService = Pick<Service, 'name' | 'stage' | 'minutes'>;
/** A build whose machine may be known, too. */
export type PricedService = EstimatedService & Partial<Pick<Service, 'compute' | 'platforms'>>;

/** `cost` is in US dollars, see `price.ts`. */
export interface Estimate extends BuildCost {
  /** Build minutes in all, which are what is paid for. */
  readonly minutes: number;
  /** Minutes from the first start to the last end if no build ever waits for a machine: the longest way through the stages. */
  readonly criticalPathMinutes: number;
  /** The builds on that way, in order: the longest one of each stage. */
  readonly criticalPath: readonly string[];
}

/** The estimate for the services that are built, at the prices of an AWS region. */
export function estimateBuilds(built: readonly PricedService[], stages: readonly Stage[], region: string): Estimate {
  const minutes = built.reduce((sum, service) => sum + service.minutes, 0);
  const way = longestWay(built, stages);
  return {
    minutes,
    criticalPathMinutes: way.minutes,
    criticalPath: way.names,
    ...buildCost(
      built.map((service) => ({ minutes: service.minutes, machine: machineOf(service) })),
      region,
    ),
  };
}

/** The longest chain of builds that wait for each other. */
export interface LongestWay {
  readonly minutes: number;
  readonly names: readonly string[];
}

/** A stage starts when all that it needs have ended, so that each takes as long as its longest build. Throws if needs go round. */
export function longestWay(built: readonly EstimatedService[], stages: readonly Stage[]): LongestWay {
  const longest = new Map<string, EstimatedService>();
  for (const service of built) {
    if (service.minutes > (longest.get(service.stage)?.minutes ?? 0)) longest.set(service.stage, service);
  }
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const ways = new Map<string, LongestWay | 'asked'>();
  const wayTo = (name: string): LongestWay => {
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

function longestOf(ways: readonly LongestWay[]): LongestWay {
  return ways.reduce((longest, way) => (way.minutes > longest.minutes ? way : longest), { minutes: 0, names: [] });
}
