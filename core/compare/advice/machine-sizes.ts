/** Machines that recorded builds could do with less of, or need more of, with what that would have changed in the replayed pushes. */
import type { Catalog } from '../../catalog/model';
import type { RecordedTimes } from '../../contract/estimate';
import { REFERENCE_REGION } from '../../estimate/price';
import { runJobs, withModuleStages } from '../../estimate/run-jobs';
import { type BuildOn, chooseSizes, isLarger } from '../../estimate/size/choose-sizes';
import { sizeReason } from '../../estimate/size/size-text';
import type { MachineAdvice } from './advice';

/**
 * Returns the services, the one that saves most first. `builds` has the builds of each service in the pushes. The machines are those of a run
 * that builds all services, with as many builds at a time as it has.
 */
export function machineAdvice(
  catalog: Catalog,
  times: RecordedTimes,
  builds: ReadonlyMap<string, number>,
): readonly MachineAdvice[] {
  const names = new Set(catalog.services.map(({ name }) => name));
  const run = { jobs: runJobs(catalog, names, new Set()), stages: withModuleStages(catalog), stageConcurrency: 1000 };
  return chooseSizes(run, times, REFERENCE_REGION, names)
    .map((chosen): MachineAdvice => {
      const { name, before, after } = chosen;
      const count = builds.get(name) ?? 0;
      const each = (part: keyof BuildOn) => difference(before[part], after[part]);
      const cost = each('cost');
      return {
        isLarger: isLarger(chosen),
        text: `${name}: ${sizeReason(chosen)}`,
        builds: count,
        minutes: (each('minutes') ?? 0) * count,
        cost: cost === null ? null : Math.round(cost * count * 100) / 100,
        services: [name],
      };
    })
    .toSorted((a, b) => (b.cost ?? 0) - (a.cost ?? 0) || (a.text < b.text ? -1 : 1));
}

function difference(before: number | undefined, after: number | undefined): number | null {
  return before === undefined || after === undefined ? null : before - after;
}
