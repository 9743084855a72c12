/** Keeps the last snapshots: a run looks by turns at the commit that it is about and at the branch's head, which moves. */
import { type Snapshot, snapshotOf } from './snapshot';
import type { WireClient } from './wire-client';

const MOST_SNAPSHOTS = 3;

/** Gives snapshots of commits. Each is fetched once, however many ask at the same time; one that could not be had is asked for again. */
export function createSnapshotMemory({ fetch }: Pick<WireClient, 'fetch'>): (commit: string) => Promise<Snapshot> {
  const kept = new Map<string, Promise<Snapshot>>();
  return (commit) => {
    const found = kept.get(commit) ?? fetch([commit], false).then((objects) => snapshotOf(commit, objects));
    kept.delete(commit);
    kept.set(commit, found);
    for (const oldest of [...kept.keys()].slice(0, -MOST_SNAPSHOTS)) kept.delete(oldest);
    found.catch(() => kept.delete(commit));
    return found;
  };
}
