/** Records that one step leaves in the object store for the next. */
import type { ObjectStore } from '../../core/ports/store';

/** The record under the key; an error if an earlier step did not leave it. */
export async function readStored<Stored>(store: ObjectStore, key: string): Promise<Stored> {
  const body = await store.get(key);
  if (body === undefined) throw new Error(`the object store has no ${key}; the step that writes it did not end well`);
  return JSON.parse(body.toString('utf8')) as Stored;
}
