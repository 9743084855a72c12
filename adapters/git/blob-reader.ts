/** Reads blobs of a git host in batches, and remembers them: a plan reads mostly what the plan before it has read. */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import { isObjectId } from './object-name';

/** Contents by id. Throws `GitHostError` if one is missing or is no blob. */
export type BlobReader = (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;

const KEPT_BYTES = 64 * 1024 * 1024;

/** A reader that asks `readBatch` for at most `batch` ids at a time, and keeps up to 64 MiB of contents. */
export function createBlobReader(batch: number, readBatch: BlobReader): BlobReader {
  const kept = new Map<string, Buffer>();
  let keptBytes = 0;

  function keep(id: string, content: Buffer): void {
    if (keptBytes + content.length > KEPT_BYTES) {
      kept.clear();
      keptBytes = 0;
    }
    kept.set(id, content);
    keptBytes += content.length;
  }

  return async (ids) => {
    const found = new Map<string, Buffer>();
    const missing: string[] = [];
    for (const id of new Set(ids)) {
      if (!isObjectId(id)) throw unreadableBlob(id, 'is not an object id of 40 hex digits');
      const content = kept.get(id);
      if (content === undefined) missing.push(id);
      else found.set(id, content);
    }
    for (let at = 0; at < missing.length; at += batch) {
      for (const [id, content] of await readBatch(missing.slice(at, at + batch))) {
        found.set(id, content);
        keep(id, content);
      }
    }
    return found;
  };
}

/** The error for a blob that cannot be had. */
export function unreadableBlob(id: string, what: string): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `the file cannot be read: '${id.slice(0, 80)}' ${what}`);
}
