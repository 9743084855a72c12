/** Keeps the last snapshots: a run looks by turns at the commit that it is about and at the branch's head, which moves. */
import { HttpError } from '../../http/http-error';
import type { BlobMemory } from '../blob-reader';
import type { GitObject, GitObjects } from './objects';
import { gatherSnapshot, type Snapshot, snapshotOf } from './snapshot';
import type { WireClient } from './wire-client';

const MOST_SNAPSHOTS = 3;

/**
 * Gives snapshots of commits. Each is fetched once, however many ask at the same time; one that could not be had is asked for again.
 * Where others are kept only the difference is fetched, files along: they are what a plan reads next, and go to `blobs`.
 */
export function createSnapshotMemory(
  client: Pick<WireClient, 'fetch' | 'fetchSince'>,
  blobs: BlobMemory,
): (commit: string) => Promise<Snapshot> {
  const kept = new Map<string, Promise<Snapshot>>();
  const known = new Map<string, Snapshot>();

  /** Undefined if the difference is not enough, or the server does not make one. */
  async function readSince(commit: string): Promise<Snapshot | undefined> {
    // Held until the answer is here, which is made of them.
    const snapshots = [...known.values()];
    if (snapshots.length === 0) return undefined;
    const find = (id: string): GitObject | undefined => {
      const content = blobs.get(id);
      if (content !== undefined) return { type: 'blob', content };
      return snapshots.find(({ objects }) => objects.has(id))?.objects.get(id);
    };
    const ids = snapshots.map((snapshot) => snapshot.commit);
    const objects = await client.fetchSince(commit, ids, find).catch(noneIfRefused);
    for (const [id, { type, content }] of objects) if (type === 'blob') blobs.keep(id, content);
    return gatherSnapshot(commit, (id) => objects.get(id) ?? find(id));
  }

  async function read(commit: string): Promise<Snapshot> {
    const snapshot = (await readSince(commit)) ?? snapshotOf(commit, await client.fetch([commit], false));
    if (kept.has(commit)) known.set(commit, snapshot);
    return snapshot;
  }

  return (commit) => {
    const found = kept.get(commit) ?? read(commit);
    kept.delete(commit);
    kept.set(commit, found);
    for (const oldest of [...kept.keys()].slice(0, -MOST_SNAPSHOTS)) {
      kept.delete(oldest);
      known.delete(oldest);
    }
    found.catch(() => kept.delete(commit));
    return found;
  };
}

/** A server that is down is not asked in another way. */
function noneIfRefused(error: unknown): GitObjects {
  if (error instanceof HttpError && !error.isRetryable) return new Map();
  throw error;
}
