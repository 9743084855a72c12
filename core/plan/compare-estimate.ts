/** How long the builds of a plan take and what they cost, by the minutes that the catalog gives for each. */
import type { Service, Stage } from '../catalog/catalog';
import { buildCost } from './price';

export interface Estimate {
  /** Build minutes in all, which are what is paid for. */
  readonly minutes: number;
  /** Minutes from the first start to the last end if no build ever waits for a machine: the longest way through the stages. */
  readonly criticalPathMinutes: number;
  /** US dollars, see `price.ts`. */
  readonly cost: number;
}

/** The estimate for the services that are built. */
export function estimateBuilds(built: readonly Service[], stages: readonly Stage[]): Estimate {
  const minutes = built.reduce((sum, service) => sum + service.minutes, 0);
  return { minutes, criticalPathMinutes: longestWay(built, stages), cost: buildCost(minutes) };
}

function longestWay(built: readonly Service[], stages: readonly Stage[]): number {
  const longest = new Map<string, number>();
  for (const { stage, minutes } of built) longest.set(stage, Math.max(longest.get(stage) ?? 0, minutes));
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const ends = new Map<string, number>();
  const endOf = (name: string): number => {
    const known = ends.get(name);
    if (known !== undefined) return known;
    const start = Math.max(0, ...(byName.get(name)?.needs ?? []).map(endOf));
    const end = start + (longest.get(name) ?? 0);
    ends.set(name, end);
    return end;
  };
  return Math.max(0, ...stages.map(({ name }) => endOf(name)));
}
