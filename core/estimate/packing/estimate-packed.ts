/** What a run takes if small images share machines, beside the bound of every packing and order. */
import { criticalPath } from '../estimate-builds';
import type { EstimatedJob } from '../job-range';
import { buildCost, machineMinutes } from '../price';
import { simulate } from '../simulate';
import { ownSeconds, SHARE_AT_ONCE } from './machine-times';
import { type Packing, packJobs } from './pack-jobs';

/** Minutes and cost if two builds at a time on a machine gain what was measured (`SHARE_AT_ONCE`). */
export interface PackedEstimate {
  readonly machines: number;
  readonly minutes: number;
  /** No packing and no order of so many builders is shorter. */
  readonly lowerBound: number;
  /** US dollars; null if the price of one of the machines is not known. */
  readonly cost: number | null;
}

/** Estimates a run with shared machines, at the prices of an AWS region. */
export function estimatePacked(packing: Packing<EstimatedJob>, region: string): PackedEstimate {
  const packs = packJobs(packing);
  const used = packs.map(({ minutes, jobs: [job] }) => machineMinutes({ ...job, minutes: Math.ceil(minutes) }));
  return {
    machines: packs.length,
    minutes: Math.ceil(simulate({ ...packing, jobs: packs }).minutes),
    lowerBound: packedLowerBound(packing),
    cost: buildCost(used, region).cost,
  };
}

/** The critical path, or all work on all machines at once: images side by side, as if no machine had to be provisioned. */
function packedLowerBound({ jobs, stages, builders }: Packing<EstimatedJob>): number {
  const least = jobs.map(({ group, minutes }) =>
    group === undefined ? minutes : (SHARE_AT_ONCE * ownSeconds(minutes)) / 60,
  );
  const work = least.reduce((sum, minutes) => sum + minutes, 0);
  return Math.max(criticalPath(jobs, stages).minutes, Math.ceil(work / builders));
}
