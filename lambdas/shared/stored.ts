/** Records that one step stores for the next. */
import type { ObjectStore } from '../../core/ports/store';

/** Reads the record under a key. Throws if an earlier step did not store it. */
export async function readStored<Stored>(store: ObjectStore, key: string): Promise<Stored> {
  const body = await store.get(key);
  if (body === undefined)
    throw new Error(`the object store has no ${key}, which an earlier step writes; look at that step's log`);
  return JSON.parse(body.toString('utf8')) as Stored;
}
