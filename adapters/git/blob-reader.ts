/** Reads blobs of a git host in batches and caches them: a plan mostly reads the same blobs as the plan before it. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { isObjectId } from './object-name';

/** Returns contents by id. Throws `GitHostError` if one is missing or is not a blob. */
export type BlobReader = (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;

const CACHED_BYTES = 64 * 1024 * 1024;

/** Cached contents by id. */
export interface BlobMemory {
  get(id: string): Buffer | undefined;
  /** Stores the content that the id names. */
  keep(id: string, content: Buffer): void;
}

/** Makes an empty cache of at most 64 MiB. */
export function createBlobMemory(): BlobMemory {
  const kept = new Map<string, Buffer>();
  let keptBytes = 0;
  return {
    get: (id) => kept.get(id),
    keep: (id, content) => {
      if (kept.has(id)) return;
      if (keptBytes + content.length > CACHED_BYTES) {
        kept.clear();
        keptBytes = 0;
      }
      kept.set(id, content);
      keptBytes += content.length;
    },
  };
}

/** Makes a reader that asks `readBatch` for at most `batch` ids at a time, and only for ids that are not cached. */
export function createBlobReader(batch: number, readBatch: BlobReader, memory: BlobMemory): BlobReader {
  return async (ids) => {
    const found = new Map<string, Buffer>();
    const missing: string[] = [];
    for (const id of new Set(ids)) {
      if (!isObjectId(id)) throw unreadableBlob(id, 'is not an object id of 40 hex digits');
      const content = memory.get(id);
      if (content === undefined) missing.push(id);
      else found.set(id, content);
    }
    for (let at = 0; at < missing.length; at += batch) {
      for (const [id, content] of await readBatch(missing.slice(at, at + batch))) {
        found.set(id, content);
        memory.keep(id, content);
      }
    }
    return found;
  };
}

/** Returns the error for a blob that cannot be read. `reason` is the end of the sentence. */
export function unreadableBlob(id: string, reason: string): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `the file cannot be read: '${id.slice(0, 80)}' ${reason}`);
}
