/** How fast manifests are put: as fast as each registry host takes them, whoever puts them there. */
import type { Clock } from '../../core/ports';
import { createPace } from '../http/pace';
import { ECR_PUTS_PER_SECOND, ecrRegion } from './ecr-host';

/** Waits until one more manifest may be put on the host. All who put within a run share one. */
export type PutPace = (host: string) => Promise<void>;

/** ECR's quota for its hosts, no limit for others. */
export function createPutPace(clock: Clock): PutPace {
  const paces = new Map<string, () => Promise<void>>();
  return async (host) => {
    if (ecrRegion(host) === undefined) return;
    const pace = paces.get(host) ?? createPace(ECR_PUTS_PER_SECOND, clock);
    paces.set(host, pace);
    await pace();
  };
}
